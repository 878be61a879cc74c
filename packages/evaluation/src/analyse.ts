import { parseArgs } from 'node:util'
import { WfdbError } from '@pulsewire/wfdb'
import { analyseRecord } from './run/analyse-record.ts'

const USAGE = `npm run analyse -- RECORD… --out DIR [--signal NAME]

Runs the whole chain on WFDB records (paths without extension) and writes DIR/RECORD.qrs, DIR/RECORD.findings.jsonl and DIR/RECORD.alarms.jsonl.`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { out: { type: 'string' }, signal: { type: 'string' }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  if (values.help || values.out === undefined || positionals.length === 0) {
    console.log(USAGE)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const { signal, out } = values
  for (const path of positionals) {
    const { record, beats, findings, alarms } = await analyseRecord(path, {
      outDirectory: out,
      ...(signal === undefined ? {} : { signal }),
    })
    console.log(`${record}: ${beats} beats, ${findings} findings, ${alarms} alarm events`)
  }
}

/** A record that is not there, or cannot be read: told in one line. */
function isAboutTheRecord(error: unknown): error is Error {
  return error instanceof WfdbError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')
}

try {
  await main()
} catch (error) {
  if (!isAboutTheRecord(error)) throw error
  console.error(`analyse: ${error.message}`)
  process.exitCode = 1
}
