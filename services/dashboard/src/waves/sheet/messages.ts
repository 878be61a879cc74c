import type { WaveformLive } from '../../live/messages.ts'
import type { TraceBox } from '../trace.ts'

/** One trace of the sheet: whose, where, and in which colour. */
export interface SheetTrace {
  readonly id: number
  readonly patient: string
  readonly signal: string
  readonly color: string
  /** Device pixels of the sheet. */
  readonly box: TraceBox
}

/** What the page tells the renderer. */
export type SheetMessage =
  /** A canvas to draw on from now on; the one before it is gone. */
  | { readonly kind: 'canvas'; readonly canvas: OffscreenCanvas | HTMLCanvasElement }
  | {
      readonly kind: 'layout'
      readonly width: number
      readonly height: number
      readonly pixelRatio: number
      readonly traces: readonly SheetTrace[]
    }
  | { readonly kind: 'waveform'; readonly message: WaveformLive }
  /** Server clock − this machine's clock; whether what is shown is current; whether anybody can see it. */
  | {
      readonly kind: 'state'
      readonly clockOffsetMs: number
      readonly frozen: boolean
      readonly visible: boolean
    }
  /** Somebody else has signed in: what was drawn is not theirs. */
  | { readonly kind: 'forget' }

/** What the renderer tells the page: the gain (mm/mV) that an ECG is drawn with. */
export interface SheetReport {
  readonly id: number
  readonly gainMmPerMv: number
}
