import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import { readStationConfig } from '../config.ts'
import { backUp } from './back-up.ts'
import type { BackupContent } from './manifest.ts'
import { restore } from './restore.ts'

const USAGE = `npm run backup -- --to DIRECTORY      copies the data of the station in PULSEWIRE_DATA_DIR, while it runs or not
npm run restore -- --from DIRECTORY   puts such a copy into PULSEWIRE_DATA_DIR, which must be empty or not there
`

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { to: { type: 'string' }, from: { type: 'string' } },
  })
  const [command] = positionals
  const { to, from } = values
  // npm changes the directory; INIT_CWD is where it was called.
  const here = process.env['INIT_CWD'] ?? process.cwd()
  const config = readStationConfig(process.env)
  const dataDirectory = resolve(config.PULSEWIRE_DATA_DIR)
  if (config.PULSEWIRE_LOG !== 'embedded' || config.PULSEWIRE_STORE !== 'embedded') {
    throw new PulsewireError(
      'PW_CONFIG_INVALID',
      'this is for the embedded log and store: Kafka and InfluxDB are backed up with their own tools (docs/operation.md)',
    )
  }
  if (command === 'backup' && to !== undefined) {
    const directory = resolve(here, to)
    process.stdout.write(`Backup in ${directory}: ${summaryOf(await backUp(dataDirectory, directory))}\n`)
    return 0
  }
  if (command === 'restore' && from !== undefined) {
    const content = await restore(resolve(here, from), dataDirectory)
    process.stdout.write(`Restored into ${dataDirectory}, as of ${content.createdAt}: ${summaryOf(content)}\n`)
    return 0
  }
  process.stderr.write(USAGE)
  return 2
}

function summaryOf({ files, ledger }: BackupContent): string {
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
  const { accepted, stored, duplicates, quarantined, inLog } = ledger
  return (
    `${files.length} files, ${megabytes.toFixed(1)} MB; ${accepted} messages accepted = ${stored} stored + ${duplicates} duplicates` +
    ` + ${quarantined} quarantined + ${inLog} in the log`
  )
}

main()
  .then((code) => {
    process.exitCode = code
  })
  .catch((error: unknown) => {
    process.stderr.write(`${errorCodeOf(error)}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
