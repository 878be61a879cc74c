import { type Lane, lanesOf } from './lanes.ts'
import type { PaperWave } from './samples.ts'
import { type PaperScale, xMmOf } from './scale.ts'

/** At the left of the traces: the lead's name and the calibration pulse. */
export const MARGIN_MM = 10
/** Above the traces: rhythm, beats, intervals; below them: the time. */
export const HEAD_MM = 12
export const FOOT_MM = 5

/** Where everything stands on a paper of one stretch of time, mm. */
export interface PaperLayout {
  readonly fromMs: number
  readonly toMs: number
  readonly scale: PaperScale
  readonly widthMm: number
  readonly heightMm: number
  /** Of the traces alone, from where they begin. */
  readonly plotWidthMm: number
  readonly plotHeightMm: number
  /** From the top of the traces. */
  readonly lanes: readonly Lane[]
}

export function layoutOf(waves: readonly PaperWave[], fromMs: number, toMs: number, scale: PaperScale): PaperLayout {
  const lanes = lanesOf(waves, fromMs, toMs, scale)
  const plotHeightMm = lanes.reduce((sum, { heightMm }) => sum + heightMm, 0)
  const plotWidthMm = xMmOf(toMs, fromMs, scale)
  return {
    fromMs,
    toMs,
    scale,
    lanes,
    plotWidthMm,
    plotHeightMm,
    widthMm: MARGIN_MM + plotWidthMm,
    heightMm: HEAD_MM + plotHeightMm + FOOT_MM,
  }
}

/** The lines of a grid as the `d` of a path. */
export function gridPath(widthMm: number, heightMm: number, everyMm: number): string {
  const lines: string[] = []
  for (let x = 0; x <= widthMm + 1e-6; x += everyMm) lines.push(`M${x} 0V${heightMm}`)
  for (let y = 0; y <= heightMm + 1e-6; y += everyMm) lines.push(`M0 ${y}H${widthMm}`)
  return lines.join('')
}

/** Widths of a step of the time axis, ms. */
const TICKS_MS = [1000, 2000, 5000, 10_000]
const LEAST_TICK_MM = 20

/** The times that are written below the traces: whole seconds, not too close. */
export function timeTicks({ fromMs, toMs, scale }: Pick<PaperLayout, 'fromMs' | 'toMs' | 'scale'>): number[] {
  const every = TICKS_MS.find((ms) => xMmOf(ms, 0, scale) >= LEAST_TICK_MM) ?? 10_000
  const ticks: number[] = []
  for (let time = Math.ceil(fromMs / every) * every; time < toMs; time += every) ticks.push(time)
  return ticks
}
