import { type Scale, ecgScale, fittedScale, gainThatFits } from './scale.ts'
import { type SweepGeometry, columnAt, columnStartMs, sweepGeometry, sweepStep } from './sweep.ts'
import type { Wave, WaveStore } from './wave-store.ts'

/** One canvas that shows one signal of one patient. */
export interface TraceOptions {
  canvas: HTMLCanvasElement
  patient: string
  signal: string
  speedMmPerS: number
  /** mm/mV for an ECG; `undefined` = what fits the canvas's height and the beats. */
  gainMmPerMv: number | undefined
  /** Told the gain of an ECG that is drawn with. */
  onGain?: (gainMmPerMv: number) => void
  color: string
}

/** All moving canvases of the page, drawn in one loop; the browser stops it in a hidden tab. */
export interface SweepBoard {
  /** Starts drawing; the answer stops it. */
  show(options: TraceOptions): () => void
  /** Stops (or goes on) moving: what is on the screen is not current. */
  freeze(frozen: boolean): void
}

const BAR_MS = 220
const SCALE_FROM_MS = 6000

interface Trace {
  readonly options: TraceOptions
  readonly context: CanvasRenderingContext2D
  width: number
  height: number
  geometry: SweepGeometry
  scale: Scale | undefined
  /** What was chosen: it may get less with a sweep, never more, so that beats can be compared. */
  gain: number | undefined
  drawnTo: number | undefined
  lap: number
  wave: Wave | undefined
  writesSeen: number
}

/** @param serverNow the server's time by this screen's clock, ms. */
export function createSweepBoard(waves: WaveStore, serverNow: () => number): SweepBoard {
  const traces = new Map<HTMLCanvasElement, Trace>()
  let frozen = false
  let frame = 0

  const observer = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const trace = traces.get(entry.target as HTMLCanvasElement)
      if (trace) resize(trace, entry.contentRect.width, entry.contentRect.height)
    }
  })

  const loop = () => {
    frame = requestAnimationFrame(loop)
    if (frozen) return
    const now = serverNow()
    // A canvas without a width is hidden: the tile is too small for it.
    for (const trace of traces.values()) if (trace.width > 1) draw(trace, waves, now)
  }

  return {
    show(options) {
      const context = options.canvas.getContext('2d', { desynchronized: false })
      if (!context) return () => undefined
      const trace: Trace = {
        options,
        context,
        width: 0,
        height: 0,
        geometry: sweepGeometry(1, options.speedMmPerS, 1),
        scale: undefined,
        gain: undefined,
        drawnTo: undefined,
        lap: -1,
        wave: undefined,
        writesSeen: 0,
      }
      traces.set(options.canvas, trace)
      resize(trace, options.canvas.clientWidth, options.canvas.clientHeight)
      observer.observe(options.canvas)
      if (frame === 0) frame = requestAnimationFrame(loop)
      return () => {
        observer.unobserve(options.canvas)
        traces.delete(options.canvas)
        if (traces.size === 0) {
          cancelAnimationFrame(frame)
          frame = 0
        }
      }
    },
    freeze(next) {
      frozen = next
    },
  }
}

function resize(trace: Trace, cssWidth: number, cssHeight: number): void {
  const ratio = globalThis.devicePixelRatio
  const width = Math.max(1, Math.round(cssWidth * ratio))
  const height = Math.max(1, Math.round(cssHeight * ratio))
  if (width === trace.width && height === trace.height) return
  trace.options.canvas.width = width
  trace.options.canvas.height = height
  trace.width = width
  trace.height = height
  trace.geometry = sweepGeometry(width, trace.options.speedMmPerS, ratio)
  trace.drawnTo = undefined
  trace.scale = undefined
  trace.gain = undefined
}

function draw(trace: Trace, waves: WaveStore, now: number): void {
  const { options, geometry } = trace
  const wave = waves.wave(options.patient, options.signal)
  if (wave !== trace.wave) {
    trace.wave = wave
    trace.drawnTo = undefined
    trace.writesSeen = 0
  }
  const head = waves.clock(options.patient).head(now)
  if (wave) {
    const earliest = wave.writes.earliestSince(trace.writesSeen)
    trace.writesSeen = wave.writes.count()
    // Something came late into what is already drawn: draw again from there.
    if (earliest < head && trace.drawnTo !== undefined) {
      trace.drawnTo = Math.min(trace.drawnTo, columnAt(geometry, earliest) - 1)
    }
  }
  // A sweep's distance may change (a clock corrected): never leave stale columns behind.
  if (trace.drawnTo !== undefined && trace.drawnTo > columnAt(geometry, head) + 1) trace.drawnTo = undefined
  const bar = Math.max(4, Math.round(BAR_MS / geometry.msPerColumn))
  const step = sweepStep(geometry, trace.drawnTo, head, bar)
  if (step.clear.length === 0) return
  for (const run of step.clear) trace.context.clearRect(run.x, 0, run.width, trace.height)
  trace.drawnTo = step.to
  if (wave) drawColumns(trace, wave, step.from, step.to)
}

function drawColumns(trace: Trace, wave: Wave, from: number, to: number): void {
  const { context, geometry, height, options } = trace
  const ratio = globalThis.devicePixelRatio
  const thickness = Math.max(1, 1.6 * ratio)
  context.fillStyle = options.color
  context.beginPath()
  for (let column = from; column < to; column += 1) {
    const lap = Math.floor(column / geometry.columns)
    const start = columnStartMs(geometry, column)
    if (lap !== trace.lap || !trace.scale) {
      trace.lap = lap
      trace.scale = scaleAt(trace, wave, start)
    }
    const extent = wave.ring.extent(start, start + geometry.msPerColumn)
    if (!extent) continue
    const top = clamp(trace.scale.zeroY - extent.high * trace.scale.pxPerUnit, height)
    const bottom = clamp(trace.scale.zeroY - extent.low * trace.scale.pxPerUnit, height)
    context.rect(column % geometry.columns, top - thickness / 2, 1, bottom - top + thickness)
  }
  context.fill()
}

/** The scale for the lap that begins at `startMs`, from the seconds before it, or from what there is. */
function scaleAt(trace: Trace, wave: Wave, startMs: number): Scale {
  const { height, options } = trace
  const ratio = globalThis.devicePixelRatio
  const before = wave.ring.values(startMs, SCALE_FROM_MS)
  const recent = before.length >= wave.ring.rateHz ? before : wave.ring.values(wave.ring.newestMs(), SCALE_FROM_MS)
  if (!options.signal.startsWith('ecg.')) return fittedScale(recent, height)
  const gain = options.gainMmPerMv ?? Math.min(trace.gain ?? 20, gainThatFits(recent, height / ratio))
  if (gain !== trace.gain) options.onGain?.(gain)
  trace.gain = gain
  return ecgScale(recent, height, gain, ratio)
}

const clamp = (y: number, height: number) => Math.max(0, Math.min(height, y))
