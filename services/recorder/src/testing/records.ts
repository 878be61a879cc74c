import { encodeJson, encodeUplink } from '@pulsewire/codec'
import {
  encodeTelemetryHeaders,
  type LogTopic,
  type PayloadEncoding,
  type TelemetryHeaders,
  type UplinkMessage,
} from '@pulsewire/contracts'
import type { LogRecord, StoredRecord } from '@pulsewire/event-log'

/** Records as the other services write them, for the tests. */

export const T0 = Date.parse('2026-03-01T12:00:00Z')

export function vitalsUplink(seq: number, values: Record<string, number | string> = { heartRate: 72 }): UplinkMessage {
  return { kind: 'vitals', message: { boot: 'b1', seq, at: T0 + seq * 1000, vitals: values } }
}

export function waveformUplink(seq: number, samples = Int16Array.of(1, 2, 3)): UplinkMessage {
  const signal = { name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples }
  return { kind: 'waveform', message: { boot: 'b1', seq, at: T0 + seq * 1000, rateHz: 250, signals: [signal] } }
}

/** A telemetry record of device d1, worn by p1 unless told otherwise (`null` = by nobody). */
export function telemetry(
  uplink: UplinkMessage,
  fields: Partial<Omit<TelemetryHeaders, 'patient'>> & { patient?: string | null; encoding?: PayloadEncoding } = {},
): LogRecord {
  const { patient = 'p1', encoding = 'json', ...rest } = fields
  const { message } = uplink
  const time = message.at ?? T0
  const headers: TelemetryHeaders = {
    kind: uplink.kind,
    device: 'd1',
    ...(patient === null ? {} : { patient }),
    ...(message.boot === undefined ? {} : { boot: message.boot }),
    ...(message.seq === undefined ? {} : { seq: message.seq }),
    at: time,
    time,
    clockOffsetMs: 0,
    receivedAt: time + 100,
    encoding,
    ...rest,
  }
  return {
    key: patient ?? headers.device,
    headers: encodeTelemetryHeaders(headers),
    value: encodeUplink(uplink, encoding),
  }
}

export function json(key: string, value: unknown, headers: Record<string, string> = {}): LogRecord {
  return { key, headers, value: encodeJson(value) }
}

/** The record as it comes out of the log. */
export function stored(record: LogRecord, topic: LogTopic = 'telemetry', offset = 0): StoredRecord {
  return { ...record, topic, partition: 0, offset, timestamp: T0 }
}
