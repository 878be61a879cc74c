import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { EnvelopeSegment, EnvelopeSeries, WaveformSegment, WaveformSeries } from '@pulsewire/vitals-store'
import { physicalText } from './physical.ts'

const SAMPLES_PER_CHUNK = 20_000

/** Samples, or the lowest and highest of windows. */
type Segment = WaveformSegment | EnvelopeSegment

/** The head of a signal in an answer: what its segments share. */
interface SignalHead {
  readonly name: string
  readonly unit: string | null
  readonly rateHz: number | null
  readonly device: string | null
  readonly everyMs?: number
}

/**
 * The answer of `/waveforms`, written while it is sent: millions of numbers at once would hold everybody else up. A signal without
 * samples is there too, with `null` for what nobody knows.
 */
export async function* waveformJson(
  head: Readonly<Record<string, unknown>>,
  asked: readonly string[],
  signals: readonly (WaveformSeries | EnvelopeSeries)[],
): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"signals":[`
  let separator = ''
  for (const name of asked) {
    const segments = signals
      .filter(({ signal }) => signal === name)
      .flatMap((series): readonly Segment[] => series.segments)
    for (const { head: signal, segments: own } of grouped(name, segments)) {
      yield `${separator}${JSON.stringify(signal).slice(0, -1)},"segments":[`
      separator = ','
      for (const [index, segment] of own.entries()) yield* segmentJson(segment, index > 0)
      yield ']}'
    }
  }
  yield ']}'
}

/** Segments of one name may differ in rate, unit or device: each such series is a signal of its own. */
function grouped(name: string, segments: readonly Segment[]): { head: SignalHead; segments: Segment[] }[] {
  if (segments.length === 0) return [{ head: { name, unit: null, rateHz: null, device: null }, segments: [] }]
  const groups = new Map<string, { head: SignalHead; segments: Segment[] }>()
  for (const segment of segments) {
    const { unit, rateHz, device } = segment
    const key = `${unit}\n${rateHz}\n${device}`
    const group = groups.get(key)
    const every = 'everyMs' in segment ? { everyMs: segment.everyMs } : {}
    if (group === undefined) groups.set(key, { head: { name, unit, rateHz, device, ...every }, segments: [segment] })
    else group.segments.push(segment)
  }
  return [...groups.values()]
}

async function* segmentJson(segment: Segment, follows: boolean): AsyncGenerator<string> {
  yield `${follows ? ',' : ''}{"start":${segment.start}`
  const lists = 'samples' in segment ? { samples: segment.samples } : extremesOf(segment)
  for (const [name, values] of Object.entries(lists)) {
    yield `,"${name}":[`
    for (let at = 0; at < values.length; at += SAMPLES_PER_CHUNK) {
      const part = physicalText(values.subarray(at, at + SAMPLES_PER_CHUNK), segment.scale, segment.offset)
      yield `${at > 0 ? ',' : ''}${part}`
      await yieldToOthers()
    }
    yield ']'
  }
  yield '}'
}

/** A scale below zero turns the wave over. */
function extremesOf({ low, high, scale }: EnvelopeSegment): Record<'low' | 'high', Int16Array> {
  return scale < 0 ? { low: high, high: low } : { low, high }
}
