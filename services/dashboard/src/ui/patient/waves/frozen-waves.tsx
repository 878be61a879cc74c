import { useMemo, useState } from 'preact/hooks'
import { rateText } from '../../../paper/marks.ts'
import { MARGIN_MM } from '../../../paper/layout.ts'
import { type PaperScale, scaleText, spanMsOf } from '../../../paper/scale.ts'
import { cutWave } from '../../../paper/samples.ts'
import { type Tape, joinTapes } from '../../../paper/tape.ts'
import { clockText } from '../../../vitals/clock.ts'
import { PX_PER_MM } from '../../../waves/sweep.ts'
import { CaliperMeasure, CaliperTools } from '../../paper/caliper-tools.tsx'
import { MeasuredPaper } from '../../paper/measured-paper.tsx'
import { useCalipers } from '../../paper/use-calipers.ts'
import { usePageKeys } from '../../paper/use-page-keys.ts'
import { usePaper } from '../../paper/use-paper.ts'
import { useTape } from '../../paper/use-tape.ts'
import { useWidth } from '../../paper/use-width.ts'
import { toStrip } from '../strip/address.ts'

/** An arrow key looks back by this share of what is shown. */
const STEP = 0.2
/** Room for the frame and the scroll bar, px. */
const FRAME_PX = 4

/**
 * The waves as they stood when the screen was frozen, and the minutes before, to be measured. Only the picture stands still: values,
 * alarms and sound go on.
 */
export function FrozenWaves(props: {
  patient: string
  /** The newest moment that the sweep had shown. */
  atMs: number
  /** What was on the screen and a little before. */
  seen: Tape
  scale: PaperScale
  hidden: ReadonlySet<string>
  onLive: () => void
}) {
  const { patient, atMs, seen, scale, hidden, onLive } = props
  const [box, width] = useWidth<HTMLDivElement>()
  const [backMs, setBackMs] = useState(0)
  const spanMs = Math.max(1000, Math.floor(spanMsOf((width - FRAME_PX) / PX_PER_MM - MARGIN_MM, scale)))
  const toMs = Math.round(atMs - backMs)
  const fromMs = toMs - spanMs
  const { tape: stored, loading, problem } = useTape(patient, fromMs, toMs)
  const tape = useMemo(() => {
    const waves = seen.waves.map((wave) => cutWave(wave, fromMs, toMs)).filter(({ runs }) => runs.length > 0)
    return joinTapes(stored, { ...seen, waves })
  }, [stored, seen, fromMs, toMs])
  const { layout } = usePaper(tape, fromMs, toMs, scale, hidden)
  const calipers = useCalipers(layout, tape.marks)
  const look = (byMs: number) => setBackMs((back) => Math.max(0, back + byMs))
  // Before the screen's own: there Escape leaves for the ward.
  usePageKeys(
    {
      ArrowLeft: () => look(STEP * spanMs),
      ArrowRight: () => look(-STEP * spanMs),
      PageUp: () => look(spanMs),
      PageDown: () => look(-spanMs),
      Escape: onLive,
    },
    { not: '.caliper', first: true },
  )
  const beats = tape.marks.beats.filter(([time]) => time >= fromMs && time < toMs)
  return (
    <div class="frozen" ref={box}>
      <p class="frozen-banner" role="status">
        <span>
          <strong>Frozen at {clockText(atMs)}</strong> – live monitoring, values, alarms and sound go on
        </span>
        <button type="button" onClick={onLive}>
          Go on live <kbd>space</kbd>
        </button>
      </p>
      <div class="wave-tools">
        <div class="turning" role="group" aria-label="Look back">
          <button type="button" onClick={() => look(spanMs)}>
            ‹ Back <kbd>page up</kbd>
          </button>
          <span>
            {clockText(fromMs)} to {clockText(toMs)}
          </span>
          <button type="button" disabled={backMs === 0} onClick={() => look(-spanMs)}>
            Forth › <kbd>page down</kbd>
          </button>
        </div>
        <CaliperTools state={calipers} />
        <a class="button" href={toStrip(patient, { atMs: toMs - spanMs / 2 })}>
          As a strip
        </a>
        <CaliperMeasure state={calipers} />
        <span class="delay">{[scaleText(scale), rateText(beats)].filter((part) => part !== '').join(' · ')}</span>
      </div>
      {layout.lanes.length > 0 ? (
        <MeasuredPaper
          layout={layout}
          marks={tape.marks}
          calipers={calipers}
          label={`Frozen waveforms, ${clockText(fromMs)} to ${clockText(toMs)}`}
          centreMs={toMs}
        />
      ) : (
        <p class="strip-empty">
          {loading ? 'Loading…' : problem === '' ? 'No samples are stored of this time' : `Not loaded: ${problem}`}
        </p>
      )}
    </div>
  )
}
