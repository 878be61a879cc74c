import { type Trace, type TraceStyle, createTrace, drawTrace, placeTrace } from './trace.ts'
import type { WaveStore } from './wave-store.ts'

/** One canvas that shows one signal of one patient. */
export interface TraceOptions extends TraceStyle {
  readonly canvas: HTMLCanvasElement
  readonly patient: string
}

/** The moving canvases of one patient's page, drawn in one loop; the browser stops it in a hidden tab. (The ward has its sheet.) */
export interface SweepBoard {
  /** Starts drawing; the answer stops it. */
  show(options: TraceOptions): () => void
  /** Stops (or goes on) moving: what is on the screen is not current. */
  freeze(frozen: boolean): void
}

interface Shown {
  readonly options: TraceOptions
  readonly context: CanvasRenderingContext2D
  readonly trace: Trace
}

/** @param serverNow the server's time by this screen's clock, ms. */
export function createSweepBoard(waves: WaveStore, serverNow: () => number): SweepBoard {
  const shown = new Map<Element, Shown>()
  let frozen = false
  let frame = 0
  let pixelRatio = globalThis.devicePixelRatio

  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) fit(shown.get(target))
  })

  const loop = () => {
    frame = requestAnimationFrame(loop)
    // Moved to a screen with other pixels: no element changes its size by that.
    if (globalThis.devicePixelRatio !== pixelRatio) {
      pixelRatio = globalThis.devicePixelRatio
      for (const each of shown.values()) fit(each)
    }
    if (frozen) return
    const now = serverNow()
    for (const { context, trace, options } of shown.values()) {
      const { patient, signal } = options
      drawTrace(context, trace, waves.wave(patient, signal), waves.clock(patient).head(now))
    }
  }

  return {
    show(options) {
      const { canvas } = options
      const context = canvas.getContext('2d')
      if (!context) return () => undefined
      const each = { options, context, trace: createTrace(options) }
      shown.set(canvas, each)
      fit(each)
      observer.observe(canvas)
      if (frame === 0) frame = requestAnimationFrame(loop)
      return () => {
        observer.unobserve(canvas)
        shown.delete(canvas)
        if (shown.size === 0) {
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

/** Gives a canvas the device's pixels for the size that it has now. */
function fit(shown: Shown | undefined): void {
  if (!shown) return
  const { trace } = shown
  const { canvas } = shown.options
  const ratio = globalThis.devicePixelRatio
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio))
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio))
  if (width === trace.box.width && height === trace.box.height && ratio === trace.pixelRatio) return
  canvas.width = width
  canvas.height = height
  placeTrace(trace, { x: 0, y: 0, width, height }, ratio)
}
