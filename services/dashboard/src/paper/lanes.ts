import { isEcg } from './order.ts'
import { type PaperWave, valuesOf } from './samples.ts'
import type { PaperScale } from './scale.ts'

/** Where one wave stands on a paper: `y = zeroMm − value · mmPerUnit`, from the paper's top. */
export interface Lane {
  readonly wave: PaperWave
  readonly topMm: number
  readonly heightMm: number
  readonly zeroMm: number
  readonly mmPerUnit: number
  /** What the wave's own scale is, in words, where it is not the paper's gain. */
  readonly ownScale: string | undefined
}

/** An ECG lane is as high as its beats, in whole big squares, between these. */
const LEAST_MM = 15
const MOST_MM = 45
const SQUARE_MM = 5
const OTHER_MM = 15
/** A pressure of so much more than its range is drawn: tops and feet stay off the lane's edge. */
const MARGIN = 0.1

export const yMmOf = (value: number, { zeroMm, mmPerUnit }: Lane): number => zeroMm - value * mmPerUnit
export const valueOf = (yMm: number, { zeroMm, mmPerUnit }: Lane): number => (zeroMm - yMm) / mmPerUnit

/** The lanes of a paper from its top, one below the other; a lane is where its values in `[fromMs, toMs)` are. */
export function lanesOf(waves: readonly PaperWave[], fromMs: number, toMs: number, scale: PaperScale): Lane[] {
  let topMm = 0
  return waves.map((wave) => {
    const values = Float64Array.from(valuesOf(wave, fromMs, toMs)).sort()
    const lane = isEcg(wave.signal) ? ecgLane(wave, values, topMm, scale) : ownLane(wave, values, topMm)
    topMm += lane.heightMm
    return lane
  })
}

/** The lane whose strip of the paper has this height; the nearest where it is beside all of them. */
export function laneAt(lanes: readonly Lane[], yMm: number): Lane | undefined {
  return lanes.find(({ topMm, heightMm }) => yMm < topMm + heightMm) ?? lanes.at(-1)
}

/** The gain is the paper's; only where the base line lies is chosen: on a line of the grid, with room for what is above and below it. */
function ecgLane(wave: PaperWave, sorted: Float64Array, topMm: number, { gainMmPerMv }: PaperScale): Lane {
  const base = sorted[sorted.length >> 1] ?? 0
  const squares = (mv: number) => Math.ceil((mv * gainMmPerMv + 1) / SQUARE_MM) * SQUARE_MM
  const up = squares(Math.max(0.2, (sorted.at(-1) ?? base) - base))
  const down = squares(Math.max(0.1, base - (sorted[0] ?? base)))
  const spare = Math.max(0, LEAST_MM - up - down)
  const tooMuch = Math.max(0, up + down - MOST_MM)
  // What does not fit is cut off on the side that has more of it.
  const above = Math.max(SQUARE_MM, up + spare - (up >= down ? tooMuch : 0))
  const heightMm = Math.min(MOST_MM, up + down + spare)
  return {
    wave,
    topMm,
    heightMm,
    zeroMm: topMm + above + base * gainMmPerMv,
    mmPerUnit: gainMmPerMv,
    ownScale: undefined,
  }
}

function ownLane(wave: PaperWave, sorted: Float64Array, topMm: number): Lane {
  const [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 1]
  const range = high > low ? high - low : 1
  const mmPerUnit = (OTHER_MM * (1 - 2 * MARGIN)) / range
  const digits = range >= 20 ? 0 : range >= 2 ? 1 : 2
  const unit = { 'mm[Hg]': ' mmHg', '1': '' }[wave.unit] ?? ` ${wave.unit}`
  return {
    wave,
    topMm,
    heightMm: OTHER_MM,
    zeroMm: topMm + OTHER_MM * (1 - MARGIN) + low * mmPerUnit,
    mmPerUnit,
    ownScale: high > low ? `${low.toFixed(digits)} to ${high.toFixed(digits)}${unit}` : `${low.toFixed(digits)}${unit}`,
  }
}
