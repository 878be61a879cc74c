import {
  NUMERIC_VITALS,
  type Association,
  type Monitoring,
  type Patient,
  type StaffCommand,
} from '@pulsewire/contracts'
import type { DeviceDelay, SeriesCoverage, TimeRange } from '@pulsewire/vitals-store'
import { completenessOf, silentSpans, type Completeness } from './completeness.ts'
import { lengthMs, overlapMs, unmonitoredSpans, without, wornSpans, type Span } from './spans.ts'

/** What a ward's statistics are worked out from. */
export interface WardRecord extends TimeRange {
  readonly patients: readonly Patient[]
  readonly monitoringOf: (patient: string) => Monitoring
  /** What was asked for, in order of time, from before the range on. */
  readonly monitoring: readonly Extract<StaffCommand, { type: 'monitoring' }>[]
  readonly associations: readonly Association[]
  readonly coverage: readonly SeriesCoverage[]
  readonly delays: readonly DeviceDelay[]
  readonly everyMs: number
}

export interface SeriesCompleteness extends Completeness {
  readonly patient: string
  readonly device: string
  readonly name: string
  readonly kind: SeriesCoverage['kind']
}

export interface DeviceUse {
  readonly device: string
  readonly patients: readonly string[]
  /** Worn by a patient who was monitored. */
  readonly expectedMs: number
  /** Of that, in windows in which something of it came. */
  readonly heardMs: number
  readonly silentSpells: number
  readonly longestSilenceMs: number
  readonly delay?: DeviceDelay
}

export interface PatientUse {
  readonly patient: string
  readonly monitored: readonly TimeRange[]
  readonly standbyMs: number
  readonly share?: number
}

/** What devices measure themselves: what is worked out from it has no rate of its own. */
const isMeasured = ({ kind, name }: SeriesCoverage): boolean =>
  kind === 'waveform' || Object.hasOwn(NUMERIC_VITALS, name)
const NOT_DEVICES: ReadonlySet<string> = new Set(['staff', 'pulsewire'])

/** Occupancy, the use of devices, and how complete the data is: no value that was measured is in it. */
export function wardStatistics(record: WardRecord): {
  readonly patients: readonly PatientUse[]
  readonly devices: readonly DeviceUse[]
  readonly series: readonly SeriesCompleteness[]
} {
  const { from, to, everyMs } = record
  const range = { from, to }
  const measured = record.coverage.filter((one) => isMeasured(one) && !NOT_DEVICES.has(one.device))
  const off = new Map(record.patients.map(({ id }): [string, Span[]] => [id, unmonitoredOf(record, id)]))
  const expectedOf = (patient: string, device: string): TimeRange[] => {
    const spans = record.associations.find(({ id }) => id === device)?.spans ?? []
    return without(wornSpans(spans, patient, range), off.get(patient) ?? [])
  }
  const series = measured.map(({ patient, device, name, kind, windows }): SeriesCompleteness => ({
    patient,
    device,
    name,
    kind,
    ...completenessOf({ kind, windows }, expectedOf(patient, device), everyMs),
  }))
  const patients = record.patients.map(({ id }): PatientUse => {
    const own = measured.filter(({ patient }) => patient === id)
    const starts = new Set(own.flatMap(({ windows }) => windows.map(([start]) => start)))
    const monitored = [...starts].toSorted((a, b) => a - b).map((start) => clipped(start, everyMs, range))
    const standby = (off.get(id) ?? []) as (Span & { state?: string })[]
    return {
      patient: id,
      monitored,
      standbyMs: lengthMs(standby.filter(({ state }) => state === 'standby')),
      ...shareOf(series.filter(({ patient }) => patient === id)),
    }
  })
  const devices = record.associations.flatMap(({ id }): DeviceUse[] => {
    const worn = record.patients.flatMap(({ id: patient }) =>
      expectedOf(patient, id).map((span) => ({ ...span, patient })),
    )
    if (worn.length === 0) return []
    const silent = silentSpans(
      record.coverage.filter(({ device }) => device === id),
      worn,
      everyMs,
    )
    const expectedMs = lengthMs(worn)
    const delay = record.delays.find(({ device }) => device === id)
    return [
      {
        device: id,
        patients: [...new Set(worn.map(({ patient }) => patient))],
        expectedMs,
        heardMs: expectedMs - lengthMs(silent),
        silentSpells: silent.length,
        longestSilenceMs: Math.max(0, ...silent.map((span) => span.to - span.from)),
        ...(delay === undefined ? {} : { delay }),
      },
    ]
  })
  return { patients, devices, series }
}

function unmonitoredOf({ monitoring, monitoringOf, from, to }: WardRecord, patient: string): Span[] {
  const commands = monitoring.filter((command) => command.patient === patient)
  return unmonitoredSpans(commands, monitoringOf(patient), { from, to })
}

function clipped(start: number, everyMs: number, { from, to }: TimeRange): TimeRange {
  return { from: Math.max(from, start), to: Math.min(to, start + everyMs) }
}

/** Of several series together, each by the time for which it was expected; absent where none was. */
export function shareOf(series: readonly Completeness[]): { share?: number } {
  const expected = series.filter(({ share }) => share !== undefined)
  const expectedMs = expected.reduce((sum, one) => sum + one.expectedMs, 0)
  if (expectedMs === 0) return {}
  return { share: expected.reduce((sum, one) => sum + (one.share ?? 0) * one.expectedMs, 0) / expectedMs }
}

/** How long patients were monitored in each stretch, ms. */
export function monitoredIn(patients: readonly PatientUse[], stretch: TimeRange): number {
  return patients.reduce((sum, { monitored }) => sum + overlapMs(monitored, stretch), 0)
}
