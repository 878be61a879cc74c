import { type Trace, type TraceContext, createTrace, drawTrace, placeTrace } from '../trace.ts'
import { createWaveStore } from '../wave-store.ts'
import type { SheetMessage, SheetReport, SheetTrace } from './messages.ts'

/** [K] The sweep of a ward, as on paper. */
const SPEED_MM_PER_S = 25
/** A server clock that is measured a little earlier again does not turn the sweep back: it waits. */
const HOLD_MS = 1000

/** All traces of the ward on one canvas: every frame shows all of them at one time. Runs in a worker, or on the page where that cannot be. */
export interface SheetRenderer {
  handle(message: SheetMessage): void
  /** Brings every trace forward to `nowMs` (this machine's clock). */
  draw(nowMs: number): void
}

interface Placed {
  readonly of: SheetTrace
  readonly trace: Trace
}

export function createSheetRenderer(tell: (report: SheetReport) => void): SheetRenderer {
  const waves = createWaveStore()
  let canvas: OffscreenCanvas | HTMLCanvasElement | undefined
  let context: TraceContext | undefined
  let placed: Placed[] = []
  let clockOffsetMs = 0
  let frozen = false
  let visible = true
  let stoodAt = 0

  const lay = ({ width, height, pixelRatio, traces }: Extract<SheetMessage, { kind: 'layout' }>) => {
    if (!canvas) return
    // Also clears it: everything is drawn anew on its place.
    canvas.width = Math.max(1, width)
    canvas.height = Math.max(1, height)
    const known = new Map(placed.map((each) => [each.of.id, each]))
    placed = traces.map((of) => {
      const before = known.get(of.id)
      const isSame = before?.of.patient === of.patient && before.of.signal === of.signal && before.of.color === of.color
      const trace = before && isSame ? before.trace : traceOf(of, tell)
      placeTrace(trace, of.box, pixelRatio)
      return { of, trace }
    })
  }

  return {
    handle(message) {
      switch (message.kind) {
        case 'canvas':
          canvas = message.canvas
          context = contextOf(canvas)
          placed = []
          return
        case 'layout':
          lay(message)
          return
        case 'waveform':
          waves.add(message.message)
          return
        case 'state':
          ;({ clockOffsetMs, frozen, visible } = message)
          return
        case 'forget':
          waves.forget()
      }
    },
    draw(nowMs) {
      if (!context || !visible) return
      // Frozen, it stands where it stood: what is laid out anew is still drawn.
      const now = frozen ? stoodAt : nowMs + clockOffsetMs
      if (now < stoodAt && stoodAt - now < HOLD_MS) return
      stoodAt = now
      for (const { of, trace } of placed) {
        drawTrace(context, trace, waves.wave(of.patient, of.signal), waves.clock(of.patient).head(now))
      }
    },
  }
}

/** Both kinds of canvas have one; their types do not agree on it. */
function contextOf(canvas: OffscreenCanvas | HTMLCanvasElement): TraceContext | undefined {
  return ('transferToImageBitmap' in canvas ? canvas.getContext('2d') : canvas.getContext('2d')) ?? undefined
}

function traceOf({ id, signal, color }: SheetTrace, tell: (report: SheetReport) => void): Trace {
  const onGain = (gainMmPerMv: number) => tell({ id, gainMmPerMv })
  return createTrace({ signal, color, speedMmPerS: SPEED_MM_PER_S, gainMmPerMv: undefined, onGain })
}
