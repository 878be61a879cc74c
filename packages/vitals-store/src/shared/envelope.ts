import { MISSING_SAMPLE, PulsewireError } from '@pulsewire/contracts'
import type { EnvelopeQuery, EnvelopeSegment, VitalsStore, WaveformSegment } from '../port.ts'

/** So that a window of all signals of a patient always fits into memory. */
const WIDEST_MS = 60_000

/**
 * The envelopes of what `waveforms` answers. Windows are aligned to 1970; a page is cut between windows, so that pages put together have
 * each window once. PW_REQUEST_INVALID for a window that is no whole number of ms up to a minute.
 */
export async function envelopesOf(
  waveforms: VitalsStore['waveforms'],
  { everyMs, ...query }: EnvelopeQuery,
): ReturnType<VitalsStore['envelopes']> {
  if (!Number.isSafeInteger(everyMs) || everyMs < 1 || everyMs > WIDEST_MS) {
    throw new PulsewireError('PW_REQUEST_INVALID', `a window is 1 to ${WIDEST_MS} ms wide`)
  }
  const page = await waveforms(query)
  const next = page.next === undefined ? undefined : Math.floor(page.next / everyMs) * everyMs
  if (next !== undefined && next <= query.from) {
    // Not even one window has room: it is answered whole, whatever the limit.
    const to = (Math.floor(query.from / everyMs) + 1) * everyMs
    const { limit: _, ...unlimited } = query
    return { ...(await envelopesOf(waveforms, { ...unlimited, to, everyMs })), next: to }
  }
  const signals = page.signals.map(({ signal, segments }) => ({
    signal,
    segments: segments.flatMap((segment) => envelopeOf(segment, everyMs, next ?? Number.POSITIVE_INFINITY)),
  }))
  return { ...page, signals, ...(next === undefined ? {} : { next }) }
}

/** Lowest and highest sample of each window that begins before `untilMs`; empty where there is none. */
function envelopeOf(segment: WaveformSegment, everyMs: number, untilMs: number): EnvelopeSegment[] {
  const { start, rateHz, samples, ...rest } = segment
  const first = Math.floor(start / everyMs)
  const last = Math.floor((start + ((samples.length - 1) * 1000) / rateHz) / everyMs)
  const count = Math.min(last, Math.ceil(untilMs / everyMs) - 1) - first + 1
  if (samples.length === 0 || count <= 0) return []
  const low = new Int16Array(count).fill(MISSING_SAMPLE)
  const high = new Int16Array(count).fill(MISSING_SAMPLE)
  let index = 0
  for (let window = 0; window < count; window++) {
    // A sample on the border belongs to the window that begins there; the small change is for rates that do not divide a second.
    const end = Math.min(samples.length, Math.ceil((((first + window + 1) * everyMs - start) * rateHz) / 1000 - 1e-6))
    for (; index < end; index++) {
      const sample = samples[index] ?? MISSING_SAMPLE
      if (sample === MISSING_SAMPLE) continue
      if (low[window] === MISSING_SAMPLE || sample < (low[window] ?? 0)) low[window] = sample
      if (high[window] === MISSING_SAMPLE || sample > (high[window] ?? 0)) high[window] = sample
    }
  }
  return [{ ...rest, start: first * everyMs, rateHz, everyMs, low, high }]
}
