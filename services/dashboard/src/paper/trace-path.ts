import { type Lane, yMmOf } from './lanes.ts'
import { type PaperScale, xMmOf } from './scale.ts'

/** A thousandth of a millimetre: below what paper or a screen can show, far above what the sums lose. */
const rounded = (mm: number) => Math.round(mm * 1000) / 1000

/**
 * A lane's wave as the `d` of an SVG path in millimetres: every sample is a corner, and where nothing was measured the line ends and
 * begins anew. A sample alone between gaps is a dot.
 */
export function tracePath(lane: Lane, fromMs: number, scale: PaperScale): string {
  const parts: string[] = []
  for (const { startMs, rateHz, values } of lane.wave.runs) {
    let pen: 'up' | 'down' = 'up'
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] ?? Number.NaN
      if (Number.isNaN(value)) {
        pen = 'up'
        continue
      }
      const x = rounded(xMmOf(startMs + (i * 1000) / rateHz, fromMs, scale))
      const y = rounded(yMmOf(value, lane))
      const isLast = Number.isNaN(values[i + 1] ?? Number.NaN)
      if (pen === 'down') parts.push(`L${x} ${y}`)
      else parts.push(isLast ? `M${x} ${y}h0` : `M${x} ${y}`)
      pen = 'down'
    }
  }
  return parts.join('')
}

/** The calibration pulse: 1 mV high and a big square (5 mm) wide, its foot at (x, y). */
export function calibrationPath(xMm: number, yMm: number, gainMmPerMv: number): string {
  return `M${xMm} ${yMm}h1v${-gainMmPerMv}h5v${gainMmPerMv}h1`
}
