import { useEffect, useState } from 'preact/hooks'
import { MARGIN_MM } from '../../../paper/layout.ts'
import { rateText } from '../../../paper/marks.ts'
import { STANDARD_SCALE, scaleText, spanMsOf } from '../../../paper/scale.ts'
import { clockText } from '../../../vitals/clock.ts'
import { PX_PER_MM } from '../../../waves/sweep.ts'
import { CaliperMeasure, CaliperTools } from '../../paper/caliper-tools.tsx'
import { MeasuredPaper } from '../../paper/measured-paper.tsx'
import { useCalipers } from '../../paper/use-calipers.ts'
import { usePaper } from '../../paper/use-paper.ts'
import { useTape } from '../../paper/use-tape.ts'
import { useWidth } from '../../paper/use-width.ts'
import { toStrip } from '../strip/address.ts'

/** A cursor that stands still for so long is meant. */
const SETTLED_MS = 200
const NONE: ReadonlySet<string> = new Set()

/** What is at the cursor of the hour, at 25 mm/s, to be measured. */
export function CursorStrip({ patient, signal, atMs }: { patient: string; signal: string; atMs: number }) {
  const [box, width] = useWidth<HTMLDivElement>()
  const settledMs = useSettled(atMs)
  const halfMs = Math.max(1000, Math.floor(spanMsOf(width / PX_PER_MM - MARGIN_MM, STANDARD_SCALE) / 2))
  const [fromMs, toMs] = [settledMs - halfMs, settledMs + halfMs]
  const { tape, loading, problem } = useTape(patient, fromMs, toMs, signal)
  const { layout } = usePaper(tape, fromMs, toMs, STANDARD_SCALE, NONE)
  const calipers = useCalipers(layout, tape.marks)
  return (
    <section class="cursor-strip" aria-label="The strip at the cursor">
      <div class="wave-tools">
        <strong>{clockText(atMs)}</strong>
        <span class="delay-text">
          {[scaleText(STANDARD_SCALE), rateText(tape.marks.beats)].filter((part) => part !== '').join(' · ')}
        </span>
        <CaliperTools state={calipers} />
        <CaliperMeasure state={calipers} />
        <a class="button" href={toStrip(patient, { atMs })}>
          All waves <kbd>enter</kbd>
        </a>
      </div>
      <div ref={box}>
        {layout.lanes.length > 0 ? (
          <MeasuredPaper
            layout={layout}
            marks={tape.marks}
            markers={[{ timeMs: settledMs, label: '' }]}
            calipers={calipers}
            label={`Strip at ${clockText(settledMs)}`}
            centreMs={settledMs}
          />
        ) : (
          <p class="cursor-empty">
            {loading ? 'Loading…' : problem === '' ? 'No samples are stored here' : `Not loaded: ${problem}`}
          </p>
        )}
      </div>
    </section>
  )
}

function useSettled(value: number): number {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
