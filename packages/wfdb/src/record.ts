import { WfdbError } from './errors.ts'
import { formatHeader, type WfdbHeader, type WfdbSignalHeader } from './header.ts'
import { checksumOf, decodeSamples, encodeSamples, MISSING, type SignalFormat } from './signal-formats.ts'

/** One signal of a record in raw ADC units, -32768 = missing. Physical = (sample - baseline) / gainPerUnit. */
export interface WfdbSignal {
  name: string
  unit: string
  gainPerUnit: number
  baseline: number
  samples: Int16Array
  /** Whether the header's checksum is that of the samples; only where the whole signal was read and the header gives one. */
  checksumOk?: boolean
}

export interface WfdbRecord {
  name: string
  rateHz: number
  /** The number of the first sample that was read. */
  fromSample: number
  startTime?: string
  startDate?: string
  comments: string[]
  signals: WfdbSignal[]
}

/** One channel out of interleaved samples; beyond the end it is missing. */
export function channelOf(
  raw: Int16Array,
  channel: number,
  channels: number,
  skew: number,
  length: number,
): Int16Array {
  const samples = new Int16Array(length)
  for (let i = 0; i < length; i++) samples[i] = raw[(i + skew) * channels + channel] ?? MISSING
  return samples
}

export interface WriteOptions {
  /** 16 holds every sample; 212 takes three quarters of the room and only 12 bits. */
  format?: SignalFormat
}

/** A record as the files that make it: name → bytes. All signals must have the same length. */
export function encodeRecord(
  record: Omit<WfdbRecord, 'fromSample'>,
  options: WriteOptions = {},
): { header: Uint8Array; signals: Uint8Array } {
  const format = options.format ?? 16
  const length = record.signals[0]?.samples.length ?? 0
  if (record.signals.some(({ samples }) => samples.length !== length))
    throw new WfdbError('WFDB_VALUE_OUT_OF_RANGE', 'the signals of a record differ in length')
  const channels = record.signals.length
  const interleaved = new Int16Array(length * channels)
  for (const [channel, { samples }] of record.signals.entries())
    for (let i = 0; i < length; i++) interleaved[i * channels + channel] = samples[i] ?? MISSING
  const signals = encodeSamples(format, interleaved)
  const stored = decodeSamples(format, signals, interleaved.length)
  const headers = record.signals.map(({ name, unit, gainPerUnit, baseline }, channel): WfdbSignalHeader => {
    const own = channelOf(stored, channel, channels, 0, length)
    return {
      fileName: `${record.name}.dat`,
      format,
      skew: 0,
      byteOffset: 0,
      samplesPerFrame: 1,
      gainPerUnit,
      baseline,
      unit: unit.replaceAll(/\s+/g, '_'),
      adcResolutionBits: format === 16 ? 16 : 12,
      adcZero: 0,
      initialValue: own[0] ?? 0,
      checksum: checksumOf(own),
      blockSize: 0,
      name,
    }
  })
  const header: WfdbHeader = {
    name: record.name,
    rateHz: record.rateHz,
    ...(length === 0 ? {} : { sampleCount: length }),
    ...(record.startTime === undefined ? {} : { startTime: record.startTime }),
    ...(record.startDate === undefined ? {} : { startDate: record.startDate }),
    signals: headers,
    comments: [...record.comments],
  }
  return { header: new TextEncoder().encode(formatHeader(header)), signals }
}
