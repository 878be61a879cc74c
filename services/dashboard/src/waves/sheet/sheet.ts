import type { WaveformLive } from '../../live/messages.ts'
import type { TraceBox } from '../trace.ts'
import { leadOf, secondWaveOf } from '../wave-store.ts'
import type { SheetMessage, SheetReport, SheetTrace } from './messages.ts'
import { createSheetRenderer } from './renderer.ts'

/** A place on the page where a signal sweeps. */
export interface SheetPlace {
  readonly element: HTMLElement
  readonly patient: string
  readonly signal: string
  /** Told the gain (mm/mV) of an ECG that is drawn with. */
  readonly onGain: (gainMmPerMv: number) => void
}

/** The waves of the whole ward on one canvas, drawn by a worker where the browser can. */
export interface WaveSheet {
  /** Lays a canvas over `host` (positioned); the answer takes it away. */
  attach(host: HTMLElement): () => void
  /** A signal on the place of an element; the answer takes it away. */
  place(place: SheetPlace): () => void
  /** The elements may have moved without a change of size. */
  moved(): void
  /** What is drawn; `signals` = all of that patient, of which a tile shows two. */
  add(message: WaveformLive, signals: readonly string[]): void
  /** Server clock − this machine's clock, and whether what is shown is not current. Call it several times a second. */
  state(clockOffsetMs: number, frozen: boolean): void
  forget(): void
}

interface Renderer {
  post(message: SheetMessage): void
  /** Hands a canvas over. */
  give(canvas: HTMLCanvasElement): void
}

export function createWaveSheet(): WaveSheet {
  const places = new Map<number, SheetPlace>()
  const renderer = startRenderer(({ id, gainMmPerMv }) => places.get(id)?.onGain(gainMmPerMv))
  let canvas: HTMLCanvasElement | undefined
  let nextId = 0
  let planned = false
  let pixelRatio = globalThis.devicePixelRatio
  let state = { clockOffsetMs: 0, frozen: false, visible: document.visibilityState === 'visible' }

  /** Once a frame at most, after the page is laid out. */
  const plan = () => {
    if (planned) return
    planned = true
    requestAnimationFrame(() => {
      planned = false
      pixelRatio = globalThis.devicePixelRatio
      if (canvas) renderer.post(layoutOf(canvas, places))
    })
  }
  const observer = new ResizeObserver(plan)
  const change = (next: Partial<typeof state>) => {
    const before = state
    state = { ...state, ...next }
    const isSame =
      before.clockOffsetMs === state.clockOffsetMs && before.frozen === state.frozen && before.visible === state.visible
    if (!isSame) renderer.post({ kind: 'state', ...state })
  }
  document.addEventListener('visibilitychange', () => change({ visible: document.visibilityState === 'visible' }))
  addEventListener('themechange', plan)

  return {
    attach(host) {
      const own = document.createElement('canvas')
      own.className = 'wave-sheet'
      // What is on it is said by each trace's own label.
      own.setAttribute('aria-hidden', 'true')
      host.append(own)
      canvas = own
      renderer.give(own)
      observer.observe(own)
      plan()
      return () => {
        observer.unobserve(own)
        own.remove()
        if (canvas === own) canvas = undefined
      }
    },
    place(place) {
      const id = (nextId += 1)
      places.set(id, place)
      observer.observe(place.element)
      plan()
      return () => {
        observer.unobserve(place.element)
        places.delete(id)
        plan()
      }
    },
    moved: plan,
    add(message, signals) {
      const shown = [leadOf(signals), secondWaveOf(signals)]
      const wanted = message.signals.filter(({ name }) => shown.includes(name))
      if (wanted.length > 0) renderer.post({ kind: 'waveform', message: { ...message, signals: wanted } })
    },
    state(clockOffsetMs, frozen) {
      change({ clockOffsetMs, frozen })
      // Moved to a screen with other pixels: no element changes its size by that.
      if (globalThis.devicePixelRatio !== pixelRatio) plan()
    },
    forget: () => renderer.post({ kind: 'forget' }),
  }
}

function startRenderer(tell: (report: SheetReport) => void): Renderer {
  if ('transferControlToOffscreen' in HTMLCanvasElement.prototype) {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', (event: MessageEvent<SheetReport>) => tell(event.data))
    return {
      post: (message) => worker.postMessage(message, []),
      give(canvas) {
        const offscreen = canvas.transferControlToOffscreen()
        worker.postMessage({ kind: 'canvas', canvas: offscreen } satisfies SheetMessage, [offscreen])
      },
    }
  }
  const renderer = createSheetRenderer(tell)
  const loop = () => {
    requestAnimationFrame(loop)
    renderer.draw(Date.now())
  }
  requestAnimationFrame(loop)
  return { post: (message) => renderer.handle(message), give: (canvas) => renderer.handle({ kind: 'canvas', canvas }) }
}

function layoutOf(canvas: HTMLCanvasElement, places: ReadonlyMap<number, SheetPlace>): SheetMessage {
  const pixelRatio = globalThis.devicePixelRatio
  const sheet = canvas.getBoundingClientRect()
  const traces = [...places].flatMap(([id, { element, patient, signal }]): SheetTrace[] => {
    const box = boxOn(sheet, element.getBoundingClientRect(), pixelRatio)
    return box.width > 1 && box.height > 1 ? [{ id, patient, signal, color: getComputedStyle(element).color, box }] : []
  })
  const [width, height] = [Math.round(sheet.width * pixelRatio), Math.round(sheet.height * pixelRatio)]
  return { kind: 'layout', width, height, pixelRatio, traces }
}

/** Whole device pixels within the element: a column is one pixel, and no trace touches its neighbour. */
function boxOn(sheet: DOMRect, of: DOMRect, pixelRatio: number): TraceBox {
  const x = Math.ceil((of.left - sheet.left) * pixelRatio - 0.01)
  const y = Math.ceil((of.top - sheet.top) * pixelRatio - 0.01)
  const right = Math.floor((of.right - sheet.left) * pixelRatio + 0.01)
  const bottom = Math.floor((of.bottom - sheet.top) * pixelRatio + 0.01)
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) }
}
