import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ruleSet, type RuleSet } from '@pulsewire/contracts'
import { WfdbError, recordNames } from '@pulsewire/wfdb'
import { analyseRecord } from './run/analyse-record.ts'

const USAGE = `npm run analyse -- RECORD… --out DIR [--signal NAME] [--compare RULES.json]

Runs the whole chain on WFDB records (paths without extension; a folder stands for all records in it, a record of several segments for those) and writes DIR/RECORD.qrs,
DIR/RECORD.findings.jsonl and DIR/RECORD.alarms.jsonl. With candidate rules also DIR/RECORD.shadow.jsonl, and what they would change in words.
Ends with 0 = all analysed, 1 = at least one could not be (the others are), 2 = asked wrongly.`

/** Asked wrongly: told with the usage. */
class UsageError extends Error {}

function parsed() {
  try {
    return parseArgs({
      options: {
        out: { type: 'string' },
        signal: { type: 'string' },
        compare: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parsed()
  if (values.help) {
    console.log(USAGE)
    return
  }
  const { signal, out, compare } = values
  if (out === undefined || positionals.length === 0) throw new UsageError('names no record, or no --out')
  const rules = compare === undefined ? undefined : await readRules(compare)
  for (const path of (await Promise.all(positionals.map(recordsAt))).flat()) {
    try {
      const { record, beats, findings, alarms, comparison } = await analyseRecord(path, {
        outDirectory: out,
        ...(signal === undefined ? {} : { signal }),
        ...(rules === undefined ? {} : { compare: rules }),
      })
      console.log(`${record}: ${beats} beats, ${findings} findings, ${alarms} alarm events`)
      if (comparison !== undefined) console.log(comparison)
    } catch (error) {
      if (!isAboutTheRecord(error)) throw error
      console.error(`analyse: ${path}: ${inWords(error)}`)
      process.exitCode = 1
    }
  }
}

/** A record, or all of a folder. */
async function recordsAt(path: string): Promise<string[]> {
  let records: string[]
  try {
    records = await recordNames(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [path]
    throw error
  }
  if (records.length === 0) throw new UsageError(`${path}: a folder without a record (*.hea)`)
  return records.map((name) => join(path, name))
}

async function readRules(path: string): Promise<RuleSet> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`--compare ${path}: ${messageOf(error)}`)
  }
  const rules = ruleSet.safeParse(value)
  if (rules.success) return rules.data
  const issues = rules.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
  throw new UsageError(`--compare ${path}: ${issues.join('; ')}`)
}

/** A record that is not there, or cannot be read: told in one line, and the next one is taken. */
function isAboutTheRecord(error: unknown): error is Error {
  return error instanceof WfdbError || codeOf(error) === 'ENOENT'
}

function inWords(error: Error): string {
  const missing = codeOf(error) === 'ENOENT' && 'path' in error ? String(error.path) : undefined
  return missing === undefined ? error.message : `there is no file ${missing}`
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`analyse: ${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
