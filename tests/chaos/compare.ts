import type { UplinkMessage } from '@pulsewire/contracts'
import type { ApiClient } from '../support/api.ts'
import type { AdmittedPatient } from './ward.ts'

/** Ends of time for queries about a run, ms; `[from, to)`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Something that is not as it should be, in words. */
export type Difference = string

const MAX_NAMED = 5

/** What is in one list and not in the other, as sets of lines. */
function differenceOf(what: string, expected: Iterable<string>, actual: Iterable<string>): Difference[] {
  const wanted = new Set(expected)
  const found = new Set(actual)
  const missing = [...wanted].filter((line) => !found.has(line))
  const surplus = [...found].filter((line) => !wanted.has(line))
  const name = (lines: readonly string[]): string =>
    lines.slice(0, MAX_NAMED).join('; ') + (lines.length > MAX_NAMED ? ` and ${lines.length - MAX_NAMED} more` : '')
  return [
    ...(missing.length === 0 ? [] : [`${what}: ${missing.length} of ${wanted.size} missing: ${name(missing)}`]),
    ...(surplus.length === 0 ? [] : [`${what}: ${surplus.length} too many: ${name(surplus)}`]),
  ]
}

/** Lines that occur more than once: something was stored or told twice. */
function doubled(what: string, lines: readonly string[]): Difference[] {
  const seen = new Set<string>()
  const twice = lines.filter((line) => seen.size === seen.add(line).size)
  return twice.length === 0 ? [] : [`${what}: ${twice.length} doubled: ${twice.slice(0, MAX_NAMED).join('; ')}`]
}

/** All pages of a list. */
async function pages<T>(api: ApiClient, path: string, key: string, { from, to }: Range, query = ''): Promise<T[]> {
  const all: T[] = []
  for (let next: number | undefined = from; next !== undefined;) {
    const page: Record<string, unknown> = await api.call('GET', `${path}?from=${next}&to=${to}${query}`)
    all.push(...(page[key] as T[]))
    next = page['next'] as number | undefined
  }
  return all
}

const codesOf = (produced: readonly UplinkMessage[]): string[] => [
  ...new Set(produced.flatMap((uplink) => (uplink.kind === 'vitals' ? Object.keys(uplink.message.vitals) : []))),
]

/** Each vital that was measured is in the series once, with its value at its time, and nothing else is. */
export async function compareVitals(
  api: ApiClient,
  patient: string,
  produced: readonly UplinkMessage[],
  { from, to }: Range,
): Promise<Difference[]> {
  const codes = codesOf(produced)
  const expected = produced.flatMap((uplink) =>
    uplink.kind === 'vitals'
      ? Object.entries(uplink.message.vitals).map(([code, value]) => `${code} ${uplink.message.at} ${value}`)
      : [],
  )
  const { series } = await api.call<{ series: Record<string, { points: [number, number | string][] }> }>(
    'GET',
    `/patients/${patient}/vitals?codes=${codes.join()}&from=${from}&to=${to}`,
  )
  const actual = Object.entries(series).flatMap(([code, { points }]) =>
    points.map(([time, value]) => `${code} ${time} ${value}`),
  )
  const what = `vitals of ${patient}`
  return [...differenceOf(what, expected, actual), ...doubled(what, actual)]
}

interface Segment {
  readonly start: number
  readonly samples: readonly (number | null)[]
}

/** Each sample that was measured is there, bit for bit. */
export async function compareWaveforms(
  api: ApiClient,
  patient: string,
  produced: readonly UplinkMessage[],
  range: Range,
): Promise<Difference[]> {
  const differences: Difference[] = []
  const names = new Set(
    produced.flatMap((uplink) => (uplink.kind === 'waveform' ? uplink.message.signals.map(({ name }) => name) : [])),
  )
  for (const name of names) {
    const expected = new Map<number, number | null>()
    let rateHz = 250
    for (const uplink of produced) {
      if (uplink.kind !== 'waveform') continue
      rateHz = uplink.message.rateHz
      const signal = uplink.message.signals.find((each) => each.name === name)
      signal?.samples.forEach((sample, index) => {
        const value = sample === -32_768 ? null : (sample - signal.offset) * signal.scale
        expected.set(Math.round(uplink.message.at + (index * 1000) / rateHz), value)
      })
    }
    const actual = new Map<number, number | null>()
    for (const { segments } of await pages<{ segments: Segment[] }>(
      api,
      `/patients/${patient}/waveforms`,
      'signals',
      range,
      `&signals=${name}`,
    )) {
      for (const { start, samples } of segments) {
        samples.forEach((value, index) => actual.set(Math.round(start + (index * 1000) / rateHz), value))
      }
    }
    const wrong = [...expected].filter(([time, value]) => {
      const got = actual.get(time)
      return got === undefined || (value === null ? got !== null : got === null || Math.abs(got - value) > 1e-9)
    })
    if (wrong.length > 0 || actual.size !== expected.size) {
      const first = wrong[0]?.[0]
      differences.push(
        `${name} of ${patient}: ${wrong.length} of ${expected.size} samples missing or wrong (first at ${first}), ${actual.size} stored`,
      )
    }
  }
  return differences
}

interface FoundOrAlarmed {
  readonly id: string
  readonly type: string
  readonly kind?: 'physiological' | 'technical'
  readonly priority?: string
  readonly onset: number
  readonly end?: number
  readonly status?: string
}

/** Findings and alarms of the equipment follow the disturbances, not the patient: they are not compared. */
const TECHNICAL = new Set(['no-data', 'signal-quality', 'lead-off', 'battery-low', 'clock', 'quarantined', 'system'])

/** One line for each of a patient's findings, with the id (patient, type, onset), its time and its priority. */
async function findingLines(api: ApiClient, patient: string, range: Range): Promise<string[]> {
  const findings = await pages<FoundOrAlarmed>(api, `/patients/${patient}/findings`, 'findings', range)
  return findings
    .filter(({ type }) => !TECHNICAL.has(type))
    .map(({ id, onset, end, priority }) => {
      return `${id}: ${onset - range.from}–${end === undefined ? 'open' : end - range.from} ${priority ?? '-'}`
    })
}

async function alarmLines(api: ApiClient, patient: string, range: Range): Promise<string[]> {
  const alarms = await pages<FoundOrAlarmed>(api, '/alarms', 'alarms', range, `&patient=${patient}`)
  return alarms
    .filter(({ kind }) => kind === 'physiological')
    .map(({ id, priority, onset }) => `${id}: ${priority}, ${onset - range.from}`)
}

async function beatLines(api: ApiClient, patient: string, range: Range): Promise<string[]> {
  const beats = await pages<[number, string]>(api, `/patients/${patient}/findings`, 'beats', range, '&type=beat')
  return beats.map(([time, beatClass]) => `${time - range.from} ${beatClass}`)
}

/** The disturbed system's patients against what their devices measured, and against the reference: series, beats, findings, alarms. */
export async function compareWard(
  reference: ApiClient,
  disturbed: ApiClient,
  patients: readonly AdmittedPatient[],
  range: Range,
): Promise<{ differences: Difference[]; compared: { beats: number; findings: number; alarms: number } }> {
  const differences: Difference[] = []
  const compared = { beats: 0, findings: 0, alarms: 0 }
  const kinds = { beats: beatLines, findings: findingLines, alarms: alarmLines }
  for (const { id, produced } of patients) {
    differences.push(...(await compareVitals(disturbed, id, produced, range)))
    differences.push(...(await compareWaveforms(disturbed, id, produced, range)))
    for (const kind of ['beats', 'findings', 'alarms'] as const) {
      const expected = await kinds[kind](reference, id, range)
      const actual = await kinds[kind](disturbed, id, range)
      compared[kind] += expected.length
      differences.push(...differenceOf(`${kind} of ${id}`, expected, actual), ...doubled(`${kind} of ${id}`, actual))
    }
  }
  return { differences, compared }
}
