import { type SweepGeometry, type Span, columnAt, spans, sweepGeometry } from '../waves/sweep.ts'

/** Where marks stand over a sweeping trace of this width: the trace goes round, and so do they. */
export interface SweepPlaces {
  /** The time at the sweep's head, and that of the oldest column before the erase bar. */
  readonly headMs: number
  readonly oldestMs: number
  /** CSS pixels from the left; `undefined` where the sweep does not show that time. */
  xOf(timeMs: number): number | undefined
  /** A stretch of time as far as it is shown: one piece, or two where the sweep begins again at the left. CSS pixels. */
  spansOf(fromMs: number, toMs: number): Span[]
}

/** As the sweep board draws it. */
const BAR_MS = 220

export function sweepPlaces(cssWidth: number, speedMmPerS: number, pixelRatio: number, headMs: number): SweepPlaces {
  const geometry: SweepGeometry = sweepGeometry(Math.round(cssWidth * pixelRatio), speedMmPerS, pixelRatio)
  const oldestMs = headMs - geometry.columns * geometry.msPerColumn + BAR_MS
  const isShown = (timeMs: number) => timeMs > oldestMs && timeMs <= headMs
  return {
    headMs,
    oldestMs,
    xOf: (timeMs) => {
      if (!isShown(timeMs)) return undefined
      const [span] = spans(geometry, columnAt(geometry, timeMs), 1)
      return span && span.x / pixelRatio
    },
    spansOf(fromMs, toMs) {
      const from = columnAt(geometry, Math.max(fromMs, oldestMs))
      const to = columnAt(geometry, Math.min(toMs, headMs))
      if (to <= from) return []
      return spans(geometry, from, Math.min(to - from, geometry.columns)).map(({ x, width }) => ({
        x: x / pixelRatio,
        width: width / pixelRatio,
      }))
    },
  }
}
