import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import { engineConfig, openLog } from '@pulsewire/engines'
import { createLogger, parseConfig } from '@pulsewire/runtime'
import { replayAlarm } from './replay-alarm.ts'
import { reportOf } from './report.ts'

const USAGE = `npm run replay -- alarm ID   repeats the analysis that an alarm came from, and says whether the same comes of it

It reads the log that PULSEWIRE_LOG, PULSEWIRE_DATA_DIR and PULSEWIRE_KAFKA_… name, while the system runs or not.
Ends with 0 = the same, 1 = different, 2 = it cannot be told (no such alarm, nothing pinned, damaged).
`

async function main(): Promise<number> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [what, id] = positionals
  if (what !== 'alarm' || id === undefined || positionals.length !== 2) {
    process.stderr.write(USAGE)
    return 2
  }
  const config = parseConfig(engineConfig, process.env)
  const directory = resolve(config.PULSEWIRE_DATA_DIR)
  if (config.PULSEWIRE_LOG === 'embedded' && !existsSync(join(directory, 'log'))) {
    throw new PulsewireError('PW_CONFIG_INVALID', `There is no log in PULSEWIRE_DATA_DIR (${directory})`)
  }
  const log = await openLog(config, { component: 'replay', logger: createLogger('replay') })
  try {
    const comparisons = await replayAlarm(log, id)
    process.stdout.write(reportOf(id, comparisons))
    return comparisons.every(({ isSame }) => isSame) ? 0 : 1
  } finally {
    await log.close()
  }
}

main()
  .then((code) => {
    process.exitCode = code
  })
  .catch((error: unknown) => {
    process.stderr.write(`${errorCodeOf(error)}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  })
