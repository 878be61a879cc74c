import type { DuckDBConnection } from '@duckdb/node-api'
import { spanOf, type Alarm, type BeatsRecord, type Finding, type StaffCommand } from '@pulsewire/contracts'
import type { DeviceEvent, QuarantineEntry, VitalPoint, WaveformBlock } from '../port.ts'
import { encodeBlock } from './block-codec.ts'
import { createRowBuffer } from './sql.ts'

/** The message that a row came with: its number in its session, and when it was received, ms. */
export interface Origin {
  readonly seq: number
  readonly receivedAt: number | undefined
}
/** Of what did not come from a device. */
const OURS: Origin = { seq: 0, receivedAt: undefined }

/** The rows of one write, table by table, each with its own version. */
export interface WriteRows {
  /** The version of the row added last. */
  readonly version: number
  /** Answers the version of the point's row. */
  vital(point: VitalPoint, from?: Origin): number
  waveform(block: WaveformBlock, from: Origin): void
  event(event: DeviceEvent): void
  seen(device: string, boot: string, seq: number, hash: string): void
  finding(finding: Finding): void
  alarm(alarm: Alarm): void
  staff(command: StaffCommand): void
  beats(record: BeatsRecord): void
  quarantine(entry: QuarantineEntry): void
  appendTo(connection: DuckDBConnection): Promise<void>
}

/** Rows numbered from `lastVersion + 1` on. */
export function createWriteRows(lastVersion: number): WriteRows {
  let version = lastVersion
  const next = () => ++version
  const vitals = createRowBuffer('vitals')
  const waveforms = createRowBuffer('waveforms')
  const beats = createRowBuffer('beats')
  const findings = createRowBuffer('findings')
  const alarms = createRowBuffer('alarms')
  const staff = createRowBuffer('staff')
  const events = createRowBuffer('events')
  const quarantine = createRowBuffer('quarantine')
  const seen = createRowBuffer('seen')
  return {
    get version() {
      return version
    },
    vital({ patient, device, code, time, value, quality, by }, { seq, receivedAt } = OURS) {
      const [number, text] = typeof value === 'number' ? [value, null] : [null, value]
      vitals.add([
        patient,
        device,
        code,
        time,
        number,
        text,
        quality ?? null,
        by ?? null,
        receivedAt ?? null,
        seq,
        next(),
      ])
      return version
    },
    waveform({ patient, device, signal, start, rateHz, unit, scale, offset, samples }, { seq, receivedAt }) {
      const stop = Math.ceil(start + (samples.length * 1000) / rateHz)
      const encoded = encodeBlock(samples)
      waveforms.add([
        patient,
        device,
        signal,
        start,
        stop,
        rateHz,
        unit,
        scale,
        offset,
        samples.length,
        encoded,
        receivedAt ?? null,
        seq,
        next(),
      ])
    },
    event({ patient, device, kind, time, body }) {
      events.add([patient ?? null, device, kind, time, JSON.stringify(body), next()])
    },
    seen(device, boot, seq, hash) {
      seen.add([device, boot, seq, hash, next()])
    },
    finding(finding) {
      const { id, patient, type, onset, end } = finding
      findings.add([id, patient, type, onset, end ?? null, JSON.stringify(finding), next()])
    },
    alarm(alarm) {
      const { id, patient, type, state, onset } = alarm
      const stop = alarm.endedAt ?? (state === 'ended' ? alarm.conditionEndedAt : undefined)
      alarms.add([id, patient, type, state, onset, stop ?? null, JSON.stringify(alarm), next()])
    },
    staff(command) {
      const { id, patient, type, by } = command
      const { from, until } = spanOf(command)
      staff.add([id, patient, type, by, from, until, JSON.stringify(command), next()])
    },
    beats({ patient, device, signal, from, to, beats: list }) {
      const times = list.map(([time]) => Math.floor(time))
      // A record replaces its interval; a beat that it names beyond (rounding) belongs to it as well.
      const start = times.reduce((least, time) => Math.min(least, time), from)
      const stop = times.reduce((most, time) => Math.max(most, time + 1), to)
      beats.add([patient, device, signal, start, stop, list.length, JSON.stringify(list), 0, next()])
    },
    quarantine({ id, payload, ...reason }) {
      quarantine.add([
        id,
        reason.device,
        reason.receivedAt,
        reason.boot ?? null,
        reason.seq ?? null,
        JSON.stringify(reason),
        payload,
        next(),
      ])
    },
    async appendTo(connection) {
      for (const buffer of [vitals, waveforms, beats, findings, alarms, staff, events, quarantine, seen]) {
        await buffer.appendTo(connection)
      }
    },
  }
}
