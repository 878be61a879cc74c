import { createHash } from 'node:crypto'
import {
  MISSING_SAMPLE,
  PulsewireError,
  spanOf,
  type Alarm,
  type BeatsRecord,
  type Finding,
  type LogPosition,
  type StaffCommand,
} from '@pulsewire/contracts'
import type { DeviceEvent, QuarantineEntry, VitalPoint, WaveformBlock } from '../port.ts'
import { crc32 } from '../shared/crc32.ts'
import { shortHash, type Numbered } from '../shared/accounting.ts'
import { DATA_RANGE } from './flux.ts'
import { encodeText, lineOf, nanoseconds, PLACES } from './line.ts'

/**
 * What is stored, one function a measurement. The identity of a point (series and time) follows from the record alone, so that writing
 * it again changes nothing. Below the millisecond stands what tells records of the same series and time apart: the number of the
 * message in its session, the record's offset, or a hash of an id.
 */

/** The message that a point came with. */
export interface Origin {
  readonly seq?: number
  readonly position: LogPosition
}

/** The end of what is still going on, ms: beyond all data. */
export const OPEN_END = DATA_RANGE.to

export function vitalLine({ patient, device, code, time, value, quality, by }: VitalPoint, from?: Origin): string {
  const said = typeof value === 'number' ? { value } : { text: encodeText(value) }
  return lineOf('vitals', { patient, device, code }, { ...said, quality, by }, at(time, from && placeOf(from)))
}

export function waveformLine(block: WaveformBlock, from: Origin): string {
  const { patient, device, signal, start, rateHz, unit, scale, offset, samples } = block
  const bytes = littleEndian(samples)
  const fields = {
    samples: bytes.toString('base64'),
    crc32: BigInt(crc32(bytes)),
    count: BigInt(samples.length),
    durationMs: BigInt(durationMs(block)),
    rateHz,
    unit: encodeText(unit),
    scale,
    offset,
    ...envelopeOf(block),
  }
  return lineOf('waveform', { patient, device, signal }, fields, at(start, placeOf(from)))
}

export function eventLine({ patient, device, kind, time, body }: DeviceEvent, from: Origin): string {
  const name = typeof body['event'] === 'string' ? body['event'] : undefined
  const fields = { body: JSON.stringify(body), event: name }
  return lineOf('events', { patient: patient ?? '', device, kind }, fields, at(time, placeOf(from)))
}

/** The hash of a message, to tell a duplicate from a reused number; and how long after the newest of its values it was received. */
export function messageLine(message: Numbered, vitals: readonly VitalPoint[] = []): string {
  const { device, boot, seq, receivedAt, position } = message
  const newest = vitals.reduce((time, point) => Math.max(time, point.time), -Infinity)
  const delayMs = Number.isFinite(newest) ? BigInt(Math.round(receivedAt - newest)) : undefined
  const fields = { seq: BigInt(seq), boot, hash: shortHash(message), delayMs }
  const tags = { device, partition: String(position.partition) }
  return lineOf('messages', tags, fields, at(receivedAt, position.offset % PLACES))
}

/** `rank` orders what is said of one finding: the later counts. */
export function findingLine(finding: Finding, rank: number): string {
  const { id, patient, device, type, status, onset, end, priority, confidence, quality, message } = finding
  const fields = {
    id,
    status,
    end: BigInt(end ?? OPEN_END),
    durationMs: end === undefined ? undefined : BigInt(Math.max(0, end - onset)),
    device,
    priority,
    confidence,
    quality,
    message,
    rank: BigInt(rank),
    body: JSON.stringify(finding),
  }
  return lineOf('findings', { patient, type }, fields, at(onset, hashPlace(id)))
}

export function alarmLine(alarm: Alarm, rank: number): string {
  const { id, patient, device, type, kind, priority, state, onset, raisedAt, acknowledgedBy, acknowledgedAt, message } =
    alarm
  const end = alarm.endedAt ?? (state === 'ended' ? alarm.conditionEndedAt : undefined)
  const fields = {
    id,
    priority,
    state,
    raisedAt: BigInt(raisedAt),
    end: BigInt(end ?? OPEN_END),
    durationMs: end === undefined ? undefined : BigInt(Math.max(0, end - onset)),
    acknowledgedBy,
    acknowledgedAt: acknowledgedAt === undefined ? undefined : BigInt(acknowledgedAt),
    device,
    message,
    rank: BigInt(rank),
    body: JSON.stringify(alarm),
  }
  return lineOf('alarms', { patient, type, kind }, fields, at(onset, hashPlace(id)))
}

/** `rank` orders what is said at one time. */
export function staffLine(command: StaffCommand, rank: number): string {
  const { id, patient, type, by } = command
  const { from, until } = spanOf(command)
  const fields = { id, by, end: BigInt(until), rank: BigInt(rank), body: JSON.stringify(command) }
  return lineOf('staff', { patient, type }, fields, at(from, hashPlace(id)))
}

export function beatsLine({ patient, device, signal, from, to, beats }: BeatsRecord, rank: number): string {
  const times = beats.map(([time]) => Math.floor(time))
  // A record replaces its interval; a beat that it names beyond (rounding) belongs to it as well.
  const start = times.reduce((least, time) => Math.min(least, time), from)
  const stop = times.reduce((most, time) => Math.max(most, time + 1), to)
  const fields = {
    count: BigInt(beats.length),
    durationMs: BigInt(stop - start),
    beats: JSON.stringify(beats),
    rank: BigInt(rank),
  }
  return lineOf('beats', { patient, device, signal }, fields, at(start, rank % PLACES))
}

export function quarantineLine({ id, payload, ...reason }: QuarantineEntry, position: LogPosition): string {
  const fields = {
    id,
    detail: reason.detail,
    reason: JSON.stringify(reason),
    payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64'),
  }
  const tags = { device: reason.device, code: reason.code, source: `${position.topic}/${position.partition}` }
  return lineOf('quarantine', tags, fields, at(reason.receivedAt, position.offset % PLACES))
}

/** How long a block lasts, ms, rounded up. */
export function durationMs({ samples, rateHz }: Pick<WaveformBlock, 'samples' | 'rateHz'>): number {
  return Math.ceil((samples.length * 1000) / rateHz)
}

/** The samples as little-endian int16. */
export function littleEndian(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * 2)
  for (let index = 0; index < samples.length; index++) bytes.writeInt16LE(samples[index] ?? 0, index * 2)
  return bytes
}

/** Lowest and highest value in the block's unit, for a picture of hours; nothing where all samples are missing. */
function envelopeOf({ samples, scale, offset }: WaveformBlock): { min?: number; max?: number } {
  let [low, high] = [Infinity, -Infinity]
  for (const sample of samples) {
    if (sample === MISSING_SAMPLE) continue
    if (sample < low) low = sample
    if (sample > high) high = sample
  }
  if (low > high) return {}
  const [one, other] = [(low - offset) * scale, (high - offset) * scale]
  return { min: Math.min(one, other), max: Math.max(one, other) }
}

function placeOf({ seq, position }: Origin): number {
  return (seq ?? position.offset) % PLACES
}

function hashPlace(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32LE(0) % PLACES
}

/** Refuses (PW_REQUEST_INVALID) a time that InfluxDB cannot hold, or that is kept for the bookkeeping. */
function at(timeMs: number, place = 0): string {
  if (timeMs < DATA_RANGE.from || timeMs >= DATA_RANGE.to) {
    throw new PulsewireError('PW_REQUEST_INVALID', `the time ${timeMs} is not between 1970 and 2200`)
  }
  return nanoseconds(timeMs, place)
}
