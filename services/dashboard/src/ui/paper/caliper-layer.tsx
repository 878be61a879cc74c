import { useRef } from 'preact/hooks'
import { type CaliperPart, type Calipers, legAt, marchOut, moved } from '../../paper/calipers.ts'
import { type Lane, laneAt, valueOf, yMmOf } from '../../paper/lanes.ts'
import { HEAD_MM, MARGIN_MM, type PaperLayout } from '../../paper/layout.ts'
import { xMmOf } from '../../paper/scale.ts'
import { clockText } from '../../vitals/clock.ts'
import { signalLabel } from '../sweep.tsx'
import type { CaliperState } from './use-calipers.ts'

/** A drag shorter than this is a click: it places nothing, mm. */
const LEAST_DRAG_MM = 1
/** A step of an arrow key in time, ms, and with Shift (a small square at 25 mm/s). */
const STEP_MS = 4
const LONG_STEP_MS = 40

/** Over a paper: drag to measure, drag a leg or move it by the arrow keys. Lies exactly on the paper. */
export function CaliperLayer({ layout, state }: { layout: PaperLayout; state: CaliperState }) {
  const layer = useRef<HTMLDivElement>(null)
  const begun = useRef<{ xMm: number; yMm: number } | undefined>(undefined)
  const { fromMs, toMs, scale, lanes } = layout
  const { calipers } = state
  const lane = lanes.find(({ wave }) => wave.signal === calipers?.signal)

  /** Where a pointer stands, in millimetres of the traces. */
  const placeOf = (event: PointerEvent) => {
    const box = layer.current?.getBoundingClientRect()
    if (!box) return { xMm: 0, yMm: 0 }
    return {
      xMm: ((event.clientX - box.left) / box.width) * layout.widthMm - MARGIN_MM,
      yMm: ((event.clientY - box.top) / box.height) * layout.heightMm - HEAD_MM,
    }
  }
  const held = (timeMs: number) => Math.min(toMs, Math.max(fromMs, timeMs))

  const begin = (event: PointerEvent) => {
    // A finger scrolls the paper: it moves legs, and the button places them.
    if (event.button !== 0 || event.pointerType === 'touch') return
    begun.current = placeOf(event)
    layer.current?.setPointerCapture(event.pointerId)
  }
  const draw = (event: PointerEvent) => {
    const from = begun.current
    if (from === undefined) return
    const to = placeOf(event)
    const within = laneAt(lanes, from.yMm)
    if (within === undefined || Math.abs(to.xMm - from.xMm) < LEAST_DRAG_MM) return
    state.set({
      aMs: held(legAt(from.xMm, fromMs, scale)),
      bMs: held(legAt(to.xMm, fromMs, scale)),
      signal: within.wave.signal,
      aLevel: valueOf(from.yMm, within),
      bLevel: valueOf(to.yMm, within),
    })
  }
  const end = () => {
    begun.current = undefined
  }

  const part = (which: CaliperPart, name: string, of: Calipers, within: Lane) => {
    const isTime = which === 'aMs' || which === 'bMs'
    const value = of[which]
    const set = (to: number) => state.set(moved(of, which, to, fromMs, toMs))
    const step = isTime ? STEP_MS : within.wave.unit === 'mV' ? 0.01 : within.heightMm / within.mmPerUnit / 100
    const keys = (event: KeyboardEvent) => {
      const forward = isTime ? 'ArrowRight' : 'ArrowUp'
      const back = isTime ? 'ArrowLeft' : 'ArrowDown'
      if (event.key !== forward && event.key !== back) return
      event.preventDefault()
      event.stopPropagation()
      set(value + (event.key === forward ? 1 : -1) * step * (event.shiftKey ? LONG_STEP_MS / STEP_MS : 1))
    }
    const move = (event: PointerEvent) => {
      if (!(event.currentTarget instanceof HTMLElement) || !event.currentTarget.hasPointerCapture(event.pointerId))
        return
      const { xMm, yMm } = placeOf(event)
      set(isTime ? legAt(xMm, fromMs, scale) : valueOf(yMm, within))
    }
    const [first, last] = [of.aMs, of.bMs].sort((a, b) => a - b).map((time) => xMmOf(time, fromMs, scale))
    const place = isTime
      ? {
          left: `${MARGIN_MM + xMmOf(value, fromMs, scale)}mm`,
          top: `${HEAD_MM}mm`,
          height: `${layout.plotHeightMm}mm`,
        }
      : {
          left: `${MARGIN_MM + (first ?? 0)}mm`,
          width: `${(last ?? 0) - (first ?? 0)}mm`,
          top: `${HEAD_MM + yMmOf(value, within)}mm`,
        }
    const text = isTime
      ? `${clockText(value)}.${String(Math.round(value) % 1000).padStart(3, '0')}`
      : `${value.toFixed(2)} ${within.wave.unit}`
    return (
      <div
        class={`caliper ${isTime ? 'leg' : 'level'}`}
        role="slider"
        tabIndex={0}
        aria-orientation={isTime ? 'horizontal' : 'vertical'}
        aria-label={`Caliper, ${name}`}
        aria-valuemin={isTime ? 0 : -1000}
        aria-valuemax={isTime ? toMs - fromMs : 1000}
        aria-valuenow={isTime ? value - fromMs : value}
        aria-valuetext={text}
        style={place}
        onKeyDown={keys}
        onPointerDown={(event) => {
          event.stopPropagation()
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={move}
      />
    )
  }

  return (
    <div
      ref={layer}
      class="caliper-layer"
      onPointerDown={begin}
      onPointerMove={draw}
      onPointerUp={end}
      onPointerCancel={end}
    >
      {calipers && lane && (
        <>
          {state.marching &&
            marchOut(calipers, fromMs, toMs, scale).map((time) => (
              <div
                key={time}
                class="caliper marched"
                style={{
                  left: `${MARGIN_MM + xMmOf(time, fromMs, scale)}mm`,
                  top: `${HEAD_MM}mm`,
                  height: `${layout.plotHeightMm}mm`,
                }}
              />
            ))}
          {part('aMs', 'first leg', calipers, lane)}
          {part('bMs', 'second leg', calipers, lane)}
          {part('aLevel', `first level in ${signalLabel(lane.wave.signal)}`, calipers, lane)}
          {part('bLevel', `second level in ${signalLabel(lane.wave.signal)}`, calipers, lane)}
          <span
            class="caliper-text"
            style={{
              left: `${MARGIN_MM + xMmOf((calipers.aMs + calipers.bMs) / 2, fromMs, scale)}mm`,
              top: `${HEAD_MM + lane.topMm}mm`,
            }}
          >
            {state.text}
          </span>
        </>
      )}
    </div>
  )
}
