import type { Series } from './report-data.ts'

/** Mean of a series and its extremes, with when they were. */
export interface Extremes {
  readonly mean: number
  readonly low: { readonly value: number; readonly atMs: number }
  readonly high: { readonly value: number; readonly atMs: number }
}

/** Of windows by their mean, lowest and highest; each window counts alike. Nothing where there is no value. */
export function extremesOf(series: Series | undefined): Extremes | undefined {
  if (series === undefined || series.mean.length === 0) return undefined
  const sum = series.mean.reduce((total, [, value]) => total + value, 0)
  const low = series.low.reduce((least, point) => (point[1] < least[1] ? point : least), series.low[0] ?? [0, Infinity])
  const high = series.high.reduce(
    (most, point) => (point[1] > most[1] ? point : most),
    series.high[0] ?? [0, -Infinity],
  )
  return {
    mean: sum / series.mean.length,
    low: { atMs: low[0], value: low[1] },
    high: { atMs: high[0], value: high[1] },
  }
}

const MINUTE_MS = 60_000

/** The share of the minutes of `[from, to)` in which a series has a value, 0 to 1. */
export function completeness(minutes: readonly number[], from: number, to: number): number {
  const first = Math.floor(from / MINUTE_MS) * MINUTE_MS
  const all = Math.max(1, Math.ceil((to - first) / MINUTE_MS))
  const known = new Set(minutes.filter((start) => start >= first && start < to))
  return Math.min(1, known.size / all)
}
