const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Widths that divide each other where they can, so that windows stay where they are while one zooms. */
const WIDTHS_MS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
] as const

/** A window needs so many pixels to be seen. */
const PX_A_WINDOW = 1.5
/** Narrower windows hold a value or two: their lowest and highest tell nothing more. */
const BAND_FROM_MS = 10 * SECOND

/** How wide a window must be, ms, for a chart of this many pixels: what is asked of the server, and no more. */
export function windowMsFor(spanMs: number, widthPx: number): number {
  const wanted = (spanMs * PX_A_WINDOW) / Math.max(100, widthPx)
  return WIDTHS_MS.find((width) => width >= wanted) ?? WIDTHS_MS.at(-1) ?? HOUR
}

/** Whether windows of this width are drawn with their lowest and highest value. */
export function hasBand(windowMs: number): boolean {
  return windowMs >= BAND_FROM_MS
}
