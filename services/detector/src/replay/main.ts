import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PulsewireError, errorCodeOf, ruleSet, type RuleSet } from '@pulsewire/contracts'
import { comparisonLines, comparisonText } from '@pulsewire/detection'
import { engineConfig, openLog } from '@pulsewire/engines'
import type { EventLog } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import { createLogger, parseConfig } from '@pulsewire/runtime'
import { UNKNOWN_PATIENT, patientContexts } from '../patient-contexts.ts'
import { replayAlarm } from './replay-alarm.ts'
import { reportOf } from './report.ts'
import { runShadow } from './shadow.ts'

const USAGE = `npm run replay -- alarm ID                    repeats the analysis that an alarm came from, and says whether the same comes of it
npm run replay -- shadow PATIENT RULES.json   analyses a patient's log by the rules in force and by candidate rules, and compares what would ring
                [--from TIME] [--to TIME] [--out FILE.jsonl]

It reads the log that PULSEWIRE_LOG, PULSEWIRE_DATA_DIR and PULSEWIRE_KAFKA_… name, while the system runs or not, and writes nothing to it.
alarm ends with 0 = the same, 1 = different, 2 = it cannot be told (no such alarm, nothing pinned, damaged); shadow with 0 = compared, 2 = not.
`

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { from: { type: 'string' }, to: { type: 'string' }, out: { type: 'string' } },
  })
  const [what, id, file] = positionals
  if (what === 'alarm' && id !== undefined && positionals.length === 2) {
    return withLog(async (log) => {
      const comparisons = await replayAlarm(log, id)
      process.stdout.write(reportOf(id, comparisons))
      return comparisons.every(({ isSame }) => isSame) ? 0 : 1
    })
  }
  if (what === 'shadow' && id !== undefined && file !== undefined && positionals.length === 3) {
    const rules = readRules(file)
    const [fromMs, toMs] = [timeOf(values.from), timeOf(values.to)]
    return withLog(async (log) => {
      const registry = await openRegistryView(log)
      try {
        const context = patientContexts(registry.state, Date.now()).get(id) ?? UNKNOWN_PATIENT
        const range = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) }
        const run = await runShadow(log, id, { context, rules, ...range })
        const [from, to] = [run.fromMs, run.toMs].map((ms) => new Date(ms).toISOString())
        process.stdout.write(
          `${id}, ${from} to ${to}, ${run.records} records${run.unreadable > 0 ? `, ${run.unreadable} more could not be read` : ''}; limits as they are now\n`,
        )
        process.stdout.write(comparisonText(rules.name, run.comparison, run.fromMs))
        if (values.out !== undefined) writeFileSync(values.out, comparisonLines(run.comparison))
        return 0
      } finally {
        await registry.close()
      }
    })
  }
  process.stderr.write(USAGE)
  return 2
}

async function withLog(work: (log: EventLog) => Promise<number>): Promise<number> {
  const config = parseConfig(engineConfig, process.env)
  const directory = resolve(config.PULSEWIRE_DATA_DIR)
  if (config.PULSEWIRE_LOG === 'embedded' && !existsSync(join(directory, 'log'))) {
    throw new PulsewireError('PW_CONFIG_INVALID', `There is no log in PULSEWIRE_DATA_DIR (${directory})`)
  }
  const log = await openLog(config, { component: 'replay', logger: createLogger('replay') })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

function readRules(file: string): RuleSet {
  const rules = ruleSet.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (rules.success) return rules.data
  const issues = rules.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
  throw new PulsewireError('PW_REQUEST_INVALID', `${file}: ${issues.join('; ')}`)
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isFinite(ms)) throw new PulsewireError('PW_REQUEST_INVALID', `${text} is no time`)
  return ms
}

main()
  .then((code) => {
    process.exitCode = code
  })
  .catch((error: unknown) => {
    process.stderr.write(`${errorCodeOf(error)}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  })
