import type { SeriesCoverage, TimeRange } from '@pulsewire/vitals-store'
import { lengthMs, overlapMs } from './spans.ts'

/** How much of what was expected of a series came. */
export interface Completeness {
  /** For how long it was expected, ms: its device was worn and the patient monitored. */
  readonly expectedMs: number
  /** 0 to 1; absent where nothing was expected. */
  readonly share?: number
}

/**
 * The share of what was expected of a series that came. Samples are expected all the time; values as often as this series usually had some: the median of
 * its windows that have any. More than that in one window makes up for nothing in another.
 * @param expected when it was expected; spans do not overlap
 */
export function completenessOf(
  { kind, windows }: Pick<SeriesCoverage, 'kind' | 'windows'>,
  expected: readonly TimeRange[],
  everyMs: number,
): Completeness {
  const expectedMs = lengthMs(expected)
  if (expectedMs === 0) return { expectedMs }
  const amounts = windows.map(([, amount]) => amount).toSorted((a, b) => a - b)
  const usual = kind === 'waveform' ? everyMs : (amounts[amounts.length >> 1] ?? 0)
  if (usual === 0) return { expectedMs, share: 0 }
  let came = 0
  for (const [start, amount] of windows) {
    const inWindow = overlapMs(expected, { from: start, to: start + everyMs }) / everyMs
    came += Math.min(amount, usual * inWindow)
  }
  return { expectedMs, share: Math.min(1, came / ((usual * expectedMs) / everyMs)) }
}

/** When nothing of a device came while it was expected: windows without any, joined. */
export function silentSpans(
  series: readonly Pick<SeriesCoverage, 'windows'>[],
  expected: readonly TimeRange[],
  everyMs: number,
): TimeRange[] {
  const heard = new Set(series.flatMap(({ windows }) => windows.map(([start]) => start)))
  const silent: { from: number; to: number }[] = []
  for (const span of expected) {
    const first = Math.floor(span.from / everyMs) * everyMs
    for (let start = first; start < span.to; start += everyMs) {
      if (heard.has(start)) continue
      const part = { from: Math.max(span.from, start), to: Math.min(span.to, start + everyMs) }
      const last = silent.at(-1)
      if (last?.to === part.from) last.to = part.to
      else silent.push(part)
    }
  }
  return silent
}
