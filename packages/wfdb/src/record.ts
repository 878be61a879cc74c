import { WfdbError } from './errors.ts'
import { formatHeader, type WfdbHeader, type WfdbSignalHeader } from './header.ts'
import { checksumOf, decodeSamples, encodeSamples, MISSING, type WrittenFormat } from './signal-formats.ts'

/** One signal of a record in raw ADC units, -32768 = missing. Physical = (sample - baseline) / gainPerUnit. */
export interface WfdbSignal {
  name: string
  unit: string
  gainPerUnit: number
  baseline: number
  samples: Int16Array
  /** Samples in each frame, where there are several: the signal has that many times the record's rate. */
  samplesPerFrame?: number
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

/** Where a signal's samples lie in the frames of its file. */
export interface FrameSlot {
  /** Of the signal's first sample in a frame. */
  offset: number
  samplesPerFrame: number
  /** Samples of all signals in one frame. */
  frameSize: number
  /** Frames by which the signal lags. */
  skew: number
}

/** The samples of one signal in `frames` frames; beyond the end they are missing. */
export function samplesOf(raw: Int16Array, slot: FrameSlot, frames: number): Int16Array {
  const { offset, samplesPerFrame, frameSize, skew } = slot
  const samples = new Int16Array(frames * samplesPerFrame)
  let at = 0
  for (let frame = skew; frame < frames + skew; frame++) {
    const first = frame * frameSize + offset
    for (let i = 0; i < samplesPerFrame; i++) samples[at++] = raw[first + i] ?? MISSING
  }
  return samples
}

export interface WriteOptions {
  /** 16 holds every sample; 212 takes three quarters of the room and only 12 bits. */
  format?: WrittenFormat
}

/** A record as the files that make it: name → bytes. All signals must have the same length. */
export function encodeRecord(
  record: Omit<WfdbRecord, 'fromSample'>,
  options: WriteOptions = {},
): { header: Uint8Array; signals: Uint8Array } {
  const format = options.format ?? 16
  const length = record.signals[0]?.samples.length ?? 0
  if (record.signals.some(({ samplesPerFrame }) => samplesPerFrame !== undefined))
    throw new WfdbError('WFDB_UNSUPPORTED', 'signals of several rates are not written')
  if (record.signals.some(({ samples }) => samples.length !== length))
    throw new WfdbError('WFDB_VALUE_OUT_OF_RANGE', 'the signals of a record differ in length')
  const channels = record.signals.length
  const interleaved = new Int16Array(length * channels)
  for (const [channel, { samples }] of record.signals.entries())
    for (let i = 0; i < length; i++) interleaved[i * channels + channel] = samples[i] ?? MISSING
  const signals = encodeSamples(format, interleaved)
  const stored = decodeSamples(format, signals, interleaved.length)
  const headers = record.signals.map(({ name, unit, gainPerUnit, baseline }, channel): WfdbSignalHeader => {
    const own = samplesOf(stored, { offset: channel, samplesPerFrame: 1, frameSize: channels, skew: 0 }, length)
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
