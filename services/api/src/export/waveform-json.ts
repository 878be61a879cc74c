import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { WaveformSegment, WaveformSeries } from '@pulsewire/vitals-store'
import { physicalText } from './physical.ts'

const SAMPLES_PER_CHUNK = 20_000

/** The head of a signal in an answer: what its segments share. */
interface SignalHead {
  readonly name: string
  readonly unit: string | null
  readonly rateHz: number | null
  readonly device: string | null
}

/**
 * The answer of `/waveforms`, written while it is sent: millions of numbers at once would hold everybody else up. A signal without
 * samples is there too, with `null` for what nobody knows.
 */
export async function* waveformJson(
  head: Readonly<Record<string, unknown>>,
  asked: readonly string[],
  signals: readonly WaveformSeries[],
): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"signals":[`
  let separator = ''
  for (const name of asked) {
    const segments = signals.filter(({ signal }) => signal === name).flatMap((series) => series.segments)
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
function grouped(
  name: string,
  segments: readonly WaveformSegment[],
): { head: SignalHead; segments: WaveformSegment[] }[] {
  if (segments.length === 0) return [{ head: { name, unit: null, rateHz: null, device: null }, segments: [] }]
  const groups = new Map<string, { head: SignalHead; segments: WaveformSegment[] }>()
  for (const segment of segments) {
    const { unit, rateHz, device } = segment
    const key = `${unit}\n${rateHz}\n${device}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { head: { name, unit, rateHz, device }, segments: [segment] })
    else group.segments.push(segment)
  }
  return [...groups.values()]
}

async function* segmentJson(
  { start, samples, scale, offset }: WaveformSegment,
  follows: boolean,
): AsyncGenerator<string> {
  yield `${follows ? ',' : ''}{"start":${start},"samples":[`
  for (let at = 0; at < samples.length; at += SAMPLES_PER_CHUNK) {
    yield `${at > 0 ? ',' : ''}${physicalText(samples.subarray(at, at + SAMPLES_PER_CHUNK), scale, offset)}`
    await yieldToOthers()
  }
  yield ']}'
}
