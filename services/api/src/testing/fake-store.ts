import {
  unitOf,
  type Alarm,
  type BeatClass,
  type Finding,
  type LogPosition,
  type StaffCommand,
} from '@pulsewire/contracts'
import { isAbout } from '../views/staff-view.ts'
import type {
  DeviceDelay,
  DeviceEvent,
  LatestValue,
  LedgerCounts,
  QuarantineEntry,
  SeqGap,
  SeriesCoverage,
  SeriesPoint,
  VitalPoint,
  VitalsQuery,
  VitalsStore,
  WaveformBlock,
} from '@pulsewire/vitals-store'
import { envelopesOf } from '@pulsewire/vitals-store/testing'

/** What the fake holds; tests fill it directly. */
export interface FakeStoreData {
  readonly vitals: VitalPoint[]
  readonly waveforms: WaveformBlock[]
  readonly findings: Finding[]
  readonly beats: { patient: string; time: number; kind: BeatClass }[]
  readonly alarms: Alarm[]
  readonly events: DeviceEvent[]
  readonly staff: StaffCommand[]
  readonly quarantine: QuarantineEntry[]
  readonly gaps: Map<string, SeqGap[]>
  readonly delays: DeviceDelay[]
  ledger: LedgerCounts
  positions: LogPosition[]
  /** Thrown by every call while it is set. */
  failure: Error | undefined
}

/** A store in memory for the tests of the API: ranges and limits as the port says, no downsampling but `count` (in calendar days: one window). */
export function createFakeStore(): { store: VitalsStore; data: FakeStoreData } {
  const data: FakeStoreData = {
    vitals: [],
    waveforms: [],
    findings: [],
    beats: [],
    alarms: [],
    events: [],
    staff: [],
    quarantine: [],
    gaps: new Map(),
    delays: [],
    ledger: { stored: 0, duplicates: 0, quarantined: 0, positions: [] },
    positions: [],
    failure: undefined,
  }
  const answer = <T>(value: () => T): Promise<T> => {
    if (data.failure !== undefined) return Promise.reject(data.failure)
    return Promise.resolve(value())
  }

  const store: VitalsStore = {
    write: () => answer(() => ({ stored: 0, duplicates: 0, reused: [] })),
    positions: (topics) => answer(() => data.positions.filter(({ topic }) => topics.includes(topic))),
    vitals: ({ patient, codes, device, from, to, every, fn, limit = 500_000 }) =>
      answer(() => {
        const chosen = data.vitals
          .filter((point) => point.patient === patient && codes.includes(point.code))
          .filter((point) => point.time >= from && point.time < to && (device === undefined || point.device === device))
          .sort((a, b) => a.time - b.time)
        const page = chosen.slice(0, limit)
        const next = chosen[limit]?.time
        const series = codes.map((code) => {
          const points = page.filter((point) => point.code === code).map(({ time, value }) => ({ time, value }))
          const counted = every !== undefined && fn === 'count' ? countsOf(points, every, from) : points
          return { code, unit: unitOf(code) ?? '', points: counted }
        })
        return { series, ...(next === undefined ? {} : { next }) }
      }),
    waveforms: ({ patient, signals, device, from, to, limit = 5_000_000 }) =>
      answer(() => {
        const blocks = data.waveforms.filter(
          (block) =>
            block.patient === patient &&
            block.start >= from &&
            block.start < to &&
            (device === undefined || block.device === device),
        )
        let samples = 0
        const fits = blocks.filter((block) => (samples += block.samples.length) <= limit)
        const next = blocks[fits.length]?.start
        const series = signals.map((signal) => ({ signal, segments: fits.filter((block) => block.signal === signal) }))
        return { signals: series, ...(next === undefined ? {} : { next }) }
      }),
    envelopes: async (query) => envelopesOf(store.waveforms.bind(store), query),
    catalogue: ({ patient }) =>
      answer(() => ({
        signals: [...new Set(data.waveforms.filter((block) => block.patient === patient).map(({ signal }) => signal))],
        codes: [...new Set(data.vitals.filter((point) => point.patient === patient).map(({ code }) => code))],
      })),
    coverage: ({ patients, from, to, everyMs }) =>
      answer(() => ({
        series: coverageOf(data, patients, from, to, everyMs),
        delays: data.delays,
      })),
    findings: ({ patient, types, from, to }) =>
      answer(() => ({
        findings: data.findings.filter(
          (one) =>
            (patient === undefined || one.patient === patient) &&
            one.onset < to &&
            (one.end ?? one.seenUntil) >= from &&
            (types?.includes(one.type) ?? true),
        ),
      })),
    beats: ({ patient, from, to }) =>
      answer(() => ({
        beats: data.beats
          .filter((beat) => beat.patient === patient && beat.time >= from && beat.time < to)
          .map(({ time, kind }): readonly [number, BeatClass] => [time, kind]),
      })),
    alarms: ({ patient, states }) =>
      answer(() => ({
        alarms: data.alarms.filter(
          (one) => (patient === undefined || one.patient === patient) && (states?.includes(one.state) ?? true),
        ),
      })),
    alarm: (id) => answer(() => data.alarms.find((one) => one.id === id)),
    staff: ({ patient, types, ...range }) =>
      answer(() => ({
        commands: data.staff.filter(
          (one) => one.patient === patient && isAbout(one, range) && (types?.includes(one.type) ?? true),
        ),
      })),
    events: ({ device, patient, from, to, limit = 10_000 }) =>
      answer(() =>
        data.events
          .filter((event) => device === undefined || event.device === device)
          .filter(
            (event) => patient === undefined || (event.patient === patient && event.time >= from && event.time < to),
          )
          .slice(-limit),
      ),
    latest: (patients) =>
      answer(() => data.vitals.filter((point): point is VitalPoint & LatestValue => patients.includes(point.patient))),
    quarantine: ({ device, from = 0, limit = 1_000 }) =>
      answer(() => {
        const chosen = data.quarantine
          .filter((entry) => (device === undefined || entry.device === device) && entry.receivedAt >= from)
          .sort((a, b) => a.receivedAt - b.receivedAt)
        const next = chosen[limit]?.receivedAt
        return { entries: chosen.slice(0, limit), ...(next === undefined ? {} : { next }) }
      }),
    gaps: (device) => answer(() => data.gaps.get(device) ?? []),
    ledger: () => answer(() => data.ledger),
    maintain: () => answer(() => undefined),
    close: () => Promise.resolve(),
  }
  return { store, data }
}

function countsOf(
  points: readonly SeriesPoint[],
  every: NonNullable<VitalsQuery['every']>,
  from: number,
): SeriesPoint[] {
  const windows = new Map<number, number>()
  for (const { time } of points) {
    const start = 'ms' in every ? Math.floor(time / every.ms) * every.ms : from
    windows.set(start, (windows.get(start) ?? 0) + 1)
  }
  return [...windows].map(([time, value]) => ({ time, value }))
}

function coverageOf(
  { vitals, waveforms }: FakeStoreData,
  patients: readonly string[],
  from: number,
  to: number,
  everyMs: number,
): SeriesCoverage[] {
  const amounts = [
    ...vitals.map(({ patient, device, code, time }) => ({
      of: { patient, device, name: code, kind: 'vital' as const },
      time,
      amount: 1,
    })),
    ...waveforms.map(({ patient, device, signal, start, samples, rateHz }) => ({
      of: { patient, device, name: signal, kind: 'waveform' as const },
      time: start,
      amount: (samples.length * 1000) / rateHz,
    })),
  ]
  const series = new Map<string, Omit<SeriesCoverage, 'windows'> & { windows: Map<number, number> }>()
  for (const { of, time, amount } of amounts) {
    if (!patients.includes(of.patient) || time < from || time >= to) continue
    const known = series.get(JSON.stringify(of)) ?? { ...of, windows: new Map<number, number>() }
    series.set(JSON.stringify(of), known)
    const start = Math.floor(time / everyMs) * everyMs
    known.windows.set(start, (known.windows.get(start) ?? 0) + amount)
  }
  return [...series.values()].map((one) => ({ ...one, windows: [...one.windows] }))
}
