import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { alarmFigures, type AlarmFigures } from './alarm-figures.ts'

// `npx tsx tests/verify/alarms/main.ts --data DIR [--list] [RECORD…]`: the records of DIR (MIT-BIH), all leads, whole length, through a patient's
// monitor; what rang with high priority, against the reference annotations. `--list` tells each finding.
const { values, positionals } = parseArgs({
  options: { data: { type: 'string' }, list: { type: 'boolean', default: false } },
  allowPositionals: true,
})
if (values.data === undefined) throw new Error('--data DIR is missing')
const directory = values.data
const all = readdirSync(directory)
  .filter((name) => name.endsWith('.hea'))
  .map((name) => name.slice(0, -4))
  .toSorted()
const records = positionals.length > 0 ? positionals : all

const counted = (types: readonly string[]): string => {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ') || '–'
}
const row = (name: string, figures: readonly AlarmFigures[]): void => {
  const findings = figures.flatMap((each) => each.findings)
  const hours = figures.reduce((sum, each) => sum + each.hours, 0)
  const typesOf = (isTrue: boolean) => findings.filter((each) => each.isTrue === isTrue).map(({ type }) => type)
  const missed = figures.flatMap((each) => each.missed.map(({ type }) => type))
  console.log(
    `| ${name} | ${hours.toFixed(1)} | ${counted(typesOf(true))} | ${counted(typesOf(false))} | ${counted(missed)} |`,
  )
}

const figures: AlarmFigures[] = []
console.log('| record | hours | true | false | missed |\n| --- | --- | --- | --- | --- |')
for (const record of records) {
  const each = await alarmFigures(join(directory, record))
  figures.push(each)
  row(record, [each])
  if (!values.list) continue
  for (const { type, fromS, rangS, toS, isTrue, message } of each.findings) {
    console.log(`  ${isTrue ? 'true ' : 'FALSE'} ${type} ${fromS.toFixed(1)}–${toS.toFixed(1)} s, rang ${rangS.toFixed(1)}: ${message}`) // prettier-ignore
  }
  for (const { type, fromS, toS } of each.missed)
    console.log(`  missed ${type} ${fromS.toFixed(1)}–${toS.toFixed(1)} s`)
}
const half = (odd: boolean): AlarmFigures[] => figures.filter(({ record }) => (all.indexOf(record) % 2 === 1) === odd)
row('tuned on', half(true))
row('held out', half(false))
row('all', figures)
const cpuMs = figures.reduce((sum, each) => sum + each.cpuMsPerSecond, 0) / figures.length
console.log(`CPU: ${cpuMs.toFixed(2)} ms per second of a patient`)
