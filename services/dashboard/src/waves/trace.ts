import { type Scale, ecgScale, fittedScale, gainThatFits } from './scale.ts'
import { type SweepGeometry, columnAt, columnStartMs, sweepGeometry, sweepStep } from './sweep.ts'
import type { Wave } from './wave-store.ts'

/** What both kinds of 2D context can do that a trace needs. */
export type TraceContext = Pick<CanvasRenderingContext2D, 'clearRect' | 'fillRect' | 'fillStyle'>

/** How one signal is shown. */
export interface TraceStyle {
  readonly signal: string
  readonly speedMmPerS: number
  /** mm/mV for an ECG; `undefined` = what fits the height and the beats. */
  readonly gainMmPerMv: number | undefined
  readonly color: string
  /** Told the gain of an ECG that is drawn with. */
  readonly onGain?: ((gainMmPerMv: number) => void) | undefined
}

/** Where on a canvas a trace lies, in device pixels. */
export interface TraceBox {
  x: number
  y: number
  width: number
  height: number
}

/** One sweeping signal and what of it is on the canvas already. */
export interface Trace {
  style: TraceStyle
  box: TraceBox
  pixelRatio: number
  geometry: SweepGeometry
  scale: Scale | undefined
  /** What was chosen: it may get less with a sweep, never more, so that beats can be compared. */
  gain: number | undefined
  /** The absolute column up to which (exclusive) the canvas is right. */
  drawnTo: number | undefined
  lap: number
  wave: Wave | undefined
  writesSeen: number
}

/** Width of the erase bar, in time. */
const BAR_MS = 220
const SCALE_FROM_MS = 6000
/** CSS px. */
const LINE_WIDTH = 1.6
/** Filled anew for each column: sixty-four traces, sixty times a second. */
const extent = { low: 0, high: 0 }

export function createTrace(style: TraceStyle): Trace {
  return {
    style,
    box: { x: 0, y: 0, width: 0, height: 0 },
    pixelRatio: 1,
    geometry: sweepGeometry(1, style.speedMmPerS, 1),
    scale: undefined,
    gain: undefined,
    drawnTo: undefined,
    lap: -1,
    wave: undefined,
    writesSeen: 0,
  }
}

/** Puts a trace on its place: what was drawn elsewhere or otherwise is drawn anew. */
export function placeTrace(trace: Trace, box: TraceBox, pixelRatio: number): void {
  const { width, height } = trace.box
  const isResized = width !== box.width || height !== box.height || trace.pixelRatio !== pixelRatio
  trace.box = box
  trace.pixelRatio = pixelRatio
  trace.drawnTo = undefined
  if (!isResized) return
  trace.geometry = sweepGeometry(box.width, trace.style.speedMmPerS, pixelRatio)
  trace.scale = undefined
  trace.gain = undefined
}

/** Brings a trace forward to `headMs` (the data's time): only the columns that are new, or that late data has changed. */
export function drawTrace(context: TraceContext, trace: Trace, wave: Wave | undefined, headMs: number): void {
  const { geometry, box } = trace
  // Without a width it is hidden: the tile is too small for it.
  if (box.width <= 1 || box.height <= 1) return
  if (wave !== trace.wave) {
    trace.wave = wave
    trace.drawnTo = undefined
    trace.writesSeen = 0
  }
  if (wave) {
    const earliest = wave.writes.earliestSince(trace.writesSeen)
    trace.writesSeen = wave.writes.count()
    // Something came late into what is already drawn: draw again from there.
    if (earliest < headMs && trace.drawnTo !== undefined) {
      trace.drawnTo = Math.min(trace.drawnTo, columnAt(geometry, earliest) - 1)
    }
  }
  // A sweep's distance may change (a clock corrected): never leave stale columns behind.
  if (trace.drawnTo !== undefined && trace.drawnTo > columnAt(geometry, headMs) + 1) trace.drawnTo = undefined
  const bar = Math.max(4, Math.round(BAR_MS / geometry.msPerColumn))
  const { from, to, clear } = sweepStep(geometry, trace.drawnTo, headMs, bar)
  for (const run of clear) context.clearRect(box.x + run.x, box.y, run.width, box.height)
  trace.drawnTo = to
  if (wave && clear.length > 0) drawColumns(context, trace, wave, from, to)
}

function drawColumns(context: TraceContext, trace: Trace, wave: Wave, from: number, to: number): void {
  const { geometry, box } = trace
  const half = Math.max(1, LINE_WIDTH * trace.pixelRatio) / 2
  context.fillStyle = trace.style.color
  for (let column = from; column < to; column += 1) {
    const lap = Math.floor(column / geometry.columns)
    const start = columnStartMs(geometry, column)
    if (lap !== trace.lap || !trace.scale) {
      trace.lap = lap
      trace.scale = scaleAt(trace, wave, start)
    }
    if (!wave.ring.extent(start, start + geometry.msPerColumn, extent)) continue
    const { zeroY, pxPerUnit } = trace.scale
    // Within its own box: what lies beside it is another patient's.
    const top = Math.max(0, clamp(zeroY - extent.high * pxPerUnit, box.height) - half)
    const bottom = Math.min(box.height, clamp(zeroY - extent.low * pxPerUnit, box.height) + half)
    context.fillRect(box.x + (column % geometry.columns), box.y + top, 1, bottom - top)
  }
}

/** The scale for the lap that begins at `startMs`, from the seconds before it, or from what there is. */
function scaleAt(trace: Trace, wave: Wave, startMs: number): Scale {
  const { style, pixelRatio } = trace
  const { height } = trace.box
  const before = wave.ring.values(startMs, SCALE_FROM_MS)
  const recent = before.length >= wave.ring.rateHz ? before : wave.ring.values(wave.ring.newestMs(), SCALE_FROM_MS)
  if (!style.signal.startsWith('ecg.')) return fittedScale(recent, height)
  const gain = style.gainMmPerMv ?? Math.min(trace.gain ?? 20, gainThatFits(recent, height / pixelRatio))
  if (gain !== trace.gain) style.onGain?.(gain)
  trace.gain = gain
  return ecgScale(recent, height, gain, pixelRatio)
}

const clamp = (y: number, height: number) => Math.max(0, Math.min(height, y))
