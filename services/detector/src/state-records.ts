import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync } from 'node:zlib'
import { decodeJson, decodePlain, encodePlain } from '@pulsewire/codec'
import { MONITOR_VERSION, type MonitorSnapshot, type PatientMonitor } from '@pulsewire/detection'
import { MAX_RECORD_BYTES, type EventLog, type LogRecord } from '@pulsewire/event-log'

/** The topics that a monitor reads, in order. */
export const INPUT_TOPICS = ['telemetry', 'staff-commands'] as const
export type InputTopic = (typeof INPUT_TOPICS)[number]
/** The next offset of each. */
export type Positions = Readonly<Partial<Record<InputTopic, number>>>

/** What a `detector-state` record holds: CBOR, compressed by Brotli (before version 10: JSON, gzipped). `positions` = the first record of each topic that is not in it. */
export interface SavedState {
  readonly version: number
  readonly positions: Positions
  readonly monitor: MonitorSnapshot
}

/** A state as it was read, and the bytes that it was read from. */
export interface LoadedState {
  readonly value: Uint8Array
  readonly saved: SavedState
}

/** What gzip begins with, and Brotli as it is used here never. */
const GZIP = 0x1f8b

/** Its quickest way: a quarter of the time of gzip's, and as small (30 of 51 kB). */
const COMPRESSION = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 0, [constants.BROTLI_PARAM_LGWIN]: 16 },
  chunkSize: 64 * 1024,
}

/** Bytes of a state that was saved. */
export function packState(saved: SavedState): Uint8Array {
  // A copy of its own size: what comes is the head of a buffer of 64 KiB, and is kept for minutes.
  return Uint8Array.from(brotliCompressSync(encodePlain(saved), COMPRESSION))
}

/** Throws where the bytes are not what `packState` writes, or wrote in an earlier version. */
export function decodeState(value: Uint8Array): SavedState {
  const isGzip = ((value[0] ?? 0) << 8) + (value[1] ?? 0) === GZIP
  return (isGzip ? decodeJson(gunzipSync(value)) : decodePlain(brotliDecompressSync(value))) as SavedState
}

/** Room for key and headers. */
const MAX_VALUE_BYTES = MAX_RECORD_BYTES - 4_096

/**
 * The record that keeps a patient's state. With the memory of the last minute it is four to five times as large (measured, gzipped, at
 * 250 Hz: one lead 21 against 103 kB, six leads 117 against 497 kB), so only what is handed over in order has it; and never what would
 * be too large for the log. After a kill, a hole from before that is filled later is analysed on its own.
 * `isGathering`: late data waits in it to be put in its place.
 */
export function encodeState(
  patient: string,
  monitor: PatientMonitor,
  positions: Positions,
  options: { readonly memory: boolean },
): { readonly record: LogRecord & { readonly value: Uint8Array }; readonly isGathering: boolean } {
  const valueOf = (snapshot: MonitorSnapshot): Uint8Array => {
    const saved: SavedState = { version: MONITOR_VERSION, positions, monitor: snapshot }
    return packState(saved)
  }
  const snapshot = options.memory ? monitor.snapshot() : monitor.view()
  let value = valueOf(snapshot)
  if (value.byteLength > MAX_VALUE_BYTES) value = valueOf(monitor.view())
  const record = { key: patient, headers: { version: String(MONITOR_VERSION), encoding: 'br' }, value }
  return { record, isGathering: snapshot.fillers.length > 0 }
}

/** The newest state of each patient of a partition. States of another version are left out: those patients are analysed afresh. */
export async function loadStates(
  log: EventLog,
  partition: number,
  onError: (error: Error) => void,
): Promise<Map<string, LoadedState>> {
  const newest = new Map<string, Uint8Array>()
  for await (const records of log.read('detector-state', partition, { from: 0, onDamage: onError })) {
    for (const { key, value, headers } of records) {
      if (value === null || headers['version'] !== String(MONITOR_VERSION)) newest.delete(key)
      else newest.set(key, value)
    }
  }
  const states = new Map<string, LoadedState>()
  for (const [patient, value] of newest) {
    try {
      states.set(patient, { value, saved: decodeState(value) })
    } catch (error) {
      onError(new Error(`the saved state of ${patient} cannot be read`, { cause: error }))
    }
  }
  return states
}
