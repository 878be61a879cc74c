export const GAINS_MM_PER_MV = [5, 10, 20] as const
export type GainMmPerMv = (typeof GAINS_MM_PER_MV)[number]
export const SPEEDS_MM_PER_S = [12.5, 25, 50] as const
export type SpeedMmPerS = (typeof SPEEDS_MM_PER_S)[number]

/** How time and voltage become millimetres. Standard of the ECG: 25 mm/s, 10 mm/mV. */
export interface PaperScale {
  readonly speedMmPerS: number
  readonly gainMmPerMv: number
}
export const STANDARD_SCALE: PaperScale = { speedMmPerS: 25, gainMmPerMv: 10 }

/** Millimetres from the left edge of a paper that begins at `fromMs`. */
export function xMmOf(timeMs: number, fromMs: number, { speedMmPerS }: PaperScale): number {
  return ((timeMs - fromMs) * speedMmPerS) / 1000
}
export function timeMsOf(xMm: number, fromMs: number, { speedMmPerS }: PaperScale): number {
  return fromMs + (xMm * 1000) / speedMmPerS
}

/** What a width holds, ms. */
export function spanMsOf(widthMm: number, { speedMmPerS }: PaperScale): number {
  return (widthMm * 1000) / speedMmPerS
}

/** `10 mm/mV · 25 mm/s` */
export function scaleText({ speedMmPerS, gainMmPerMv }: PaperScale): string {
  return `${gainMmPerMv} mm/mV · ${speedMmPerS} mm/s`
}
