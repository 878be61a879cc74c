import { PX_PER_MM } from './sweep.ts'

/** value → pixels: `y = zeroY − value · pxPerUnit`. */
export interface Scale {
  zeroY: number
  pxPerUnit: number
}

/** Where an ECG's base line lies, from the top. */
const BASE_LINE = 0.66

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = Float64Array.from(values).sort()
  return sorted[sorted.length >> 1] ?? 0
}

/**
 * An ECG's scale: the gain is fixed in mm per mV; only where the base line lies is chosen, from the median of the seconds before, so
 * that a drifting electrode does not carry the trace off the canvas. Never changed within a sweep.
 */
export function ecgScale(recent: readonly number[], heightPx: number, gainMmPerMv: number, pixelRatio: number): Scale {
  const pxPerUnit = gainMmPerMv * PX_PER_MM * pixelRatio
  return { pxPerUnit, zeroY: heightPx * BASE_LINE + median(recent) * pxPerUnit }
}

/** The scale of a wave without a fixed gain (pleth, respiration, pressure): its own range of the seconds before, with a margin, the greater one above for its label. */
export function fittedScale(recent: readonly number[], heightPx: number): Scale {
  const low = recent.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = recent.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (!(high > low)) return { zeroY: heightPx / 2 + (Number.isFinite(low) ? low : 0), pxPerUnit: 1 }
  const pxPerUnit = (heightPx * 0.74) / (high - low)
  return { pxPerUnit, zeroY: heightPx * 0.92 + low * pxPerUnit }
}

/** The gain that lets a normal QRS fit a canvas of this height (CSS px): 10 mm/mV, 5 where the tile is small, 20 where one lead has it all. */
export function gainForHeight(heightPx: number): 5 | 10 | 20 {
  if (heightPx < 60) return 5
  return heightPx < 210 ? 10 : 20
}

/** The same, or less where the beats of the seconds before would not fit: what is cut off cannot be read. */
export function gainThatFits(recent: readonly number[], heightPx: number): 5 | 10 | 20 {
  const most = gainForHeight(heightPx)
  const middle = median(recent)
  const up = recent.reduce((a, b) => Math.max(a, b), middle) - middle
  const down = middle - recent.reduce((a, b) => Math.min(a, b), middle)
  const fits = (gain: number) => {
    const pxPerMv = gain * PX_PER_MM
    return up * pxPerMv <= heightPx * BASE_LINE && down * pxPerMv <= heightPx * (1 - BASE_LINE)
  }
  return ([20, 10, 5] as const).find((gain) => gain <= most && fits(gain)) ?? 5
}
