import { MISSING_SAMPLE, PulsewireError } from '@pulsewire/contracts'
import type { WaveformSegment, WaveformSeries } from '@pulsewire/vitals-store'
import { encodeRecord } from '@pulsewire/wfdb'
import type { ZipEntry } from './zip.ts'

/** A pause longer than this begins a new record, so that a night without a sensor is not gigabytes of "missing", ms. */
const RECORD_GAP_MS = 10_000
/** A whole export, samples of all signals with the missing ones. */
const MOST_SAMPLES = 20_000_000

interface Piece extends WaveformSegment {
  readonly signal: string
}

/**
 * Waveforms as WFDB records (format 16): one for each sampling rate and each stretch without a long pause. What is missing within a
 * record is −32768. Samples are as they were sent, gain and baseline say what they mean.
 */
export function wfdbFiles(patient: string, signals: readonly WaveformSeries[]): ZipEntry[] {
  const pieces = signals.flatMap(({ signal, segments }) => segments.map((segment): Piece => ({ ...segment, signal })))
  const files: ZipEntry[] = []
  for (const stretch of stretches(pieces)) {
    const first = stretch[0]
    if (first === undefined) continue
    const name = `${patient}_${files.length / 2 + 1}`
    files.push(...recordFiles(name, patient, first.rateHz, stretch))
  }
  return files
}

function stretches(pieces: readonly Piece[]): Piece[][] {
  const sorted = [...pieces].sort((a, b) => a.rateHz - b.rateHz || a.start - b.start)
  const found: Piece[][] = []
  let end = -Infinity
  for (const piece of sorted) {
    const current = found.at(-1)
    if (current?.[0]?.rateHz === piece.rateHz && piece.start - end <= RECORD_GAP_MS) current.push(piece)
    else {
      found.push([piece])
      end = -Infinity
    }
    end = Math.max(end, endOf(piece))
  }
  return found
}

function endOf({ start, samples, rateHz }: WaveformSegment): number {
  return start + (samples.length * 1000) / rateHz
}

function recordFiles(name: string, patient: string, rateHz: number, pieces: readonly Piece[]): ZipEntry[] {
  const start = Math.min(...pieces.map((piece) => piece.start))
  const length = Math.max(...pieces.map((piece) => firstSample(piece, start) + piece.samples.length))
  const channels = new Map<string, Piece & { samples: Int16Array }>()
  for (const piece of pieces) {
    const key = [piece.signal, piece.device, piece.unit, piece.scale, piece.offset].join('\n')
    let channel = channels.get(key)
    if (channel === undefined) {
      if (length * (channels.size + 1) > MOST_SAMPLES) {
        throw new PulsewireError('PW_REQUEST_INVALID', `more than ${MOST_SAMPLES} samples: ask for less time`)
      }
      channel = { ...piece, samples: new Int16Array(length).fill(MISSING_SAMPLE) }
      channels.set(key, channel)
    }
    channel.samples.set(piece.samples, firstSample(piece, start))
  }
  const [date = '', time = ''] = new Date(start).toISOString().slice(0, -1).split('T')
  const { header, signals } = encodeRecord({
    name,
    rateHz,
    startTime: time,
    startDate: date,
    comments: [`patient ${patient}`, 'times are UTC', ...new Set(pieces.map(({ device }) => `device ${device}`))],
    signals: [...channels.values()].map(({ signal, unit, scale, offset, samples }) => ({
      name: signal,
      unit,
      gainPerUnit: 1 / scale,
      baseline: Math.round(offset),
      samples,
    })),
  })
  return [
    { name: `${name}.hea`, bytes: header },
    { name: `${name}.dat`, bytes: signals },
  ]
}

function firstSample({ start, rateHz }: WaveformSegment, recordStart: number): number {
  return Math.round(((start - recordStart) * rateHz) / 1000)
}
