/** Geometry of an erase-bar sweep: time ↔ column. A column is one device pixel wide and belongs to an absolute number of time. */
export interface SweepGeometry {
  readonly columns: number
  readonly msPerColumn: number
}

/** A millimetre as CSS defines it (96 px per inch); the 1 mV mark makes the true scale readable on every screen. */
export const PX_PER_MM = 96 / 25.4

export function sweepGeometry(widthPx: number, speedMmPerS: number, pixelRatio: number): SweepGeometry {
  return {
    columns: Math.max(1, Math.floor(widthPx)),
    msPerColumn: 1000 / (speedMmPerS * PX_PER_MM * pixelRatio),
  }
}

/** The absolute number of the column that holds a time. */
export function columnAt(geometry: SweepGeometry, timeMs: number): number {
  return Math.floor(timeMs / geometry.msPerColumn)
}

export function columnStartMs(geometry: SweepGeometry, column: number): number {
  return column * geometry.msPerColumn
}

/** A run of neighbouring pixel columns. */
export interface Span {
  x: number
  width: number
}

export interface SweepStep {
  /** Absolute columns to draw, `[from, to)`; complete columns only. */
  from: number
  to: number
  /** Pixels to clear first: the columns to draw and the erase bar before them. */
  clear: Span[]
}

/**
 * What has to be drawn so that the sweep stands at `timeMs`.
 * @param drawnTo the absolute column up to which (exclusive) the canvas is right; `undefined` = draw all.
 * @param barColumns width of the erase bar.
 */
export function sweepStep(
  geometry: SweepGeometry,
  drawnTo: number | undefined,
  timeMs: number,
  barColumns: number,
): SweepStep {
  const to = columnAt(geometry, timeMs)
  const reach = Math.max(1, geometry.columns - barColumns)
  const from = Math.min(to, Math.max(drawnTo ?? Number.NEGATIVE_INFINITY, to - reach))
  const whole = drawnTo === undefined || to - drawnTo >= reach
  const clear = whole
    ? [{ x: 0, width: geometry.columns }]
    : to === from
      ? []
      : spans(geometry, from, Math.min(to - from + barColumns, geometry.columns))
  return { from, to, clear }
}

/** The pixels of `count` columns from an absolute column on: one run, or two where the sweep begins again at the left. */
export function spans(geometry: SweepGeometry, from: number, count: number): Span[] {
  const x = ((from % geometry.columns) + geometry.columns) % geometry.columns
  const first = Math.min(count, geometry.columns - x)
  return first === count ? [{ x, width: count }] : [{ x, width: first }, { x: 0, width: count - first }] // prettier-ignore
}
