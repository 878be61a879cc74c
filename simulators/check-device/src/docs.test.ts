import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CODED_VITALS,
  commandMessage,
  noticeMessage,
  NUMERIC_VITALS,
  UPLINK_KINDS,
  type NumericVital,
} from '@pulsewire/contracts'
import { decodeUplink } from '@pulsewire/codec'

const MESSAGES = new URL('../../../docs/devices/messages.md', import.meta.url)
const text = readFileSync(MESSAGES, 'utf8')
const BEGIN = '<!-- vitals:begin -->\n'
const END = '<!-- vitals:end -->'

/** The table of vitals as the contract has it. */
function vitalsTable(): string {
  const numeric: [string, NumericVital][] = Object.entries(NUMERIC_VITALS)
  const rows = [
    ['name', 'meaning', 'unit (UCUM)', 'range', 'LOINC'],
    ['---', '---', '---', '---', '---'],
    ...numeric.map(([name, vital]) => [
      `\`${name}\``, vital.label, `\`${vital.unit}\``, `${vital.minimum}–${vital.maximum}`, vital.loinc ?? '',
    ]), // prettier-ignore
    ...Object.entries(CODED_VITALS).map(([name, vital]) => [
      `\`${name}\``, vital.label, '', vital.values.map((value) => `"${value}"`).join(', '), vital.loinc,
    ]), // prettier-ignore
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |\n`
  return `\n${rows.map(line).join('')}\n`
}

const examples = [...text.matchAll(/```json (\S+)\n([\s\S]*?)```/g)].map(([, kind = '', body = '']) => ({ kind, body }))

describe('the messages in the guide for device makers', () => {
  it('has an example of each kind', () => {
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set([...UPLINK_KINDS, 'notice', 'command']))
  })

  it.each(examples)('$kind follows its schema', ({ kind, body }) => {
    const uplink = UPLINK_KINDS.find((known) => known === kind)
    if (uplink !== undefined) decodeUplink(uplink, new TextEncoder().encode(body))
    else expect((kind === 'notice' ? noticeMessage : commandMessage).safeParse(JSON.parse(body)).success).toBe(true)
  })

  it('lists the vitals as the contract has them (PULSEWIRE_WRITE_DOCS=1 writes the table anew)', () => {
    const [before = '', rest = ''] = text.split(BEGIN)
    const [table, after = ''] = rest.split(END)
    if (process.env['PULSEWIRE_WRITE_DOCS'] === '1') {
      writeFileSync(MESSAGES, `${before}${BEGIN}${vitalsTable()}${END}${after}`)
    } else expect(table).toBe(vitalsTable())
  })
})
