import type { Beat } from './marks.ts'

/** One hour on a page, one minute a line. */
export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000
export const MINUTES = 60
/** The width of a column: 1,500 a line, as many as a wide screen has. Divides a minute, so that every line begins with a column. */
export const COLUMN_MS = 40
export const COLUMNS = MINUTE_MS / COLUMN_MS

/** One minute: the lowest and highest value of each column; NaN where nothing was measured. */
export interface MinuteLine {
  readonly startMs: number
  readonly low: Float32Array
  readonly high: Float32Array
}

/** A segment as `GET /patients/{id}/waveforms?fn=minmax` tells it. */
interface EnvelopeSegment {
  readonly start: number
  readonly low: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

/** The start of the hour that holds a time, by the clock on this screen's wall. */
export function hourOf(timeMs: number): number {
  return new Date(timeMs).setMinutes(0, 0, 0)
}

/** The lines of the hour from `hourMs` on. A column that several segments share has the extremes of all. */
export function minuteLines(hourMs: number, segments: readonly EnvelopeSegment[]): MinuteLine[] {
  const lines = Array.from({ length: MINUTES }, (_, i) => ({
    startMs: hourMs + i * MINUTE_MS,
    low: new Float32Array(COLUMNS).fill(Number.NaN),
    high: new Float32Array(COLUMNS).fill(Number.NaN),
  }))
  for (const { start, low, high } of segments) {
    low.forEach((lowest, i) => {
      const highest = high[i]
      if (lowest === null || highest === null || highest === undefined) return
      const column = Math.round((start - hourMs) / COLUMN_MS) + i
      const line = lines[Math.floor(column / COLUMNS)]
      if (line === undefined) return
      const at = column % COLUMNS
      // NaN compares false: the first value is taken.
      if (!((line.low[at] ?? 0) <= lowest)) line.low[at] = lowest
      if (!((line.high[at] ?? 0) >= highest)) line.high[at] = highest
    })
  }
  return lines
}

/** The middle of a line's values: where its base line is drawn. 0 where there is none. */
export function baseOf({ low, high }: MinuteLine): number {
  const middles = Float32Array.from(low, (value, i) => (value + (high[i] ?? value)) / 2)
    .filter((value) => !Number.isNaN(value))
    .sort()
  return middles[middles.length >> 1] ?? 0
}

/**
 * A line as the `d` of a path: a column wide is 1, a mV `pxPerMv`, the base line at 0. Each column is a stroke from its highest to its lowest
 * value, long enough to touch the one before; where nothing was measured there is none. Only the columns `[from, to)`.
 */
export function linePath(line: MinuteLine, pxPerMv: number, from = 0, to = COLUMNS): string {
  const base = baseOf(line)
  const y = (value: number) => Math.round((base - value) * pxPerMv * 10) / 10
  const parts: string[] = []
  for (let i = Math.max(0, from); i < Math.min(COLUMNS, to); i += 1) {
    const low = line.low[i] ?? Number.NaN
    const high = line.high[i] ?? Number.NaN
    if (Number.isNaN(low)) continue
    const [lowBefore, highBefore] = [line.low[i - 1] ?? Number.NaN, line.high[i - 1] ?? Number.NaN]
    const top = y(lowBefore > high ? lowBefore : high)
    const bottom = y(highBefore < low ? highBefore : low)
    parts.push(top === bottom ? `M${i} ${top}h1` : `M${i}.5 ${top}V${bottom}`)
  }
  return parts.join('')
}

/** What of a beat is coloured, before and after its R peak, ms. */
const BEFORE_MS = 160
const AFTER_MS = 280

/** The columns of a line that a beat covers, `[from, to)`; `undefined` where it is not in that line. */
export function beatColumns(
  [timeMs]: Beat,
  { startMs }: Pick<MinuteLine, 'startMs'>,
): readonly [number, number] | undefined {
  const from = Math.max(0, Math.floor((timeMs - BEFORE_MS - startMs) / COLUMN_MS))
  const to = Math.min(COLUMNS, Math.ceil((timeMs + AFTER_MS - startMs) / COLUMN_MS))
  return from < to ? [from, to] : undefined
}

/** The time at a place of the page: `share` of the width of the line of a minute. */
export function timeAt(hourMs: number, minute: number, share: number): number {
  const line = Math.min(MINUTES - 1, Math.max(0, minute))
  return Math.round(hourMs + line * MINUTE_MS + Math.min(1, Math.max(0, share)) * (MINUTE_MS - 1))
}

/** The line of a time and its place in it, as a share of the width; `undefined` where it is in another hour. */
export function placeIn(
  hourMs: number,
  timeMs: number,
): { readonly minute: number; readonly share: number } | undefined {
  const after = timeMs - hourMs
  if (after < 0 || after >= HOUR_MS) return undefined
  return { minute: Math.floor(after / MINUTE_MS), share: (after % MINUTE_MS) / MINUTE_MS }
}

/** Parts of a stretch of time by the lines that they are in, as shares of the width. */
export function piecesOf(
  hourMs: number,
  fromMs: number,
  toMs: number,
): { readonly minute: number; readonly from: number; readonly to: number }[] {
  const [first, last] = [Math.max(0, fromMs - hourMs), Math.min(HOUR_MS, toMs - hourMs)]
  const pieces = []
  for (let minute = Math.floor(first / MINUTE_MS); minute * MINUTE_MS < last; minute += 1) {
    const start = minute * MINUTE_MS
    const piece = {
      minute,
      from: Math.max(0, (first - start) / MINUTE_MS),
      to: Math.min(1, (last - start) / MINUTE_MS),
    }
    if (piece.to > piece.from) pieces.push(piece)
  }
  return pieces
}
