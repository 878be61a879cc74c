import { useMemo, useState } from 'preact/hooks'
import type { PatientState } from '../../../live/state.ts'
import { alarmTitle } from '../../../alarms/words.ts'
import { rateText } from '../../../paper/marks.ts'
import { STANDARD_SCALE, scaleText } from '../../../paper/scale.ts'
import { clockText, dateText } from '../../../vitals/clock.ts'
import { useStation } from '../../hooks.ts'
import { CaliperMeasure, CaliperTools } from '../../paper/caliper-tools.tsx'
import { MeasuredPaper } from '../../paper/measured-paper.tsx'
import { ScaleChoice } from '../../paper/scale-choice.tsx'
import { useCalipers } from '../../paper/use-calipers.ts'
import { usePageKeys } from '../../paper/use-page-keys.ts'
import { usePaper } from '../../paper/use-paper.ts'
import { useTape } from '../../paper/use-tape.ts'
import { WaveChoice } from '../../paper/wave-choice.tsx'
import { type StripPlace, placeOf, toDisclosure, toStrip, turnTo, usePlace } from './address.ts'
import { BeatLegend } from './beat-legend.tsx'
import { PrintedStrip } from './printed-strip.tsx'
import { StripLink } from './strip-link.tsx'
import { StripAlarm, useAlarm } from './strip-alarm.tsx'
import { usePrintSheet } from './use-print-sheet.ts'

/** What a strip shows before and after its moment, and how far it is turned. */
export const AROUND_MS = 10_000
const NONE: ReadonlySet<string> = new Set()

/** A strip: twenty seconds of all waves around a moment, with calipers, on paper too. */
export function StripPage({ patient }: { patient: PatientState }) {
  const station = useStation()
  const place = usePlace()
  const [opened] = useState(() => station.serverNow() - AROUND_MS)
  return <Strip patient={patient} place={place ?? { atMs: opened }} />
}

function Strip({ patient, place }: { patient: PatientState; place: StripPlace }) {
  const { atMs } = place
  const [fromMs, toMs] = [atMs - AROUND_MS, atMs + AROUND_MS]
  const { alarm, problem: alarmProblem } = useAlarm(place.alarm)
  const { tape, loading, problem, isPartial } = useTape(patient.id, fromMs, toMs)
  const [scale, setScale] = useState(STANDARD_SCALE)
  const [hidden, setHidden] = useState(NONE)
  const { layout, signals } = usePaper(tape, fromMs, toMs, scale, hidden)
  const calipers = useCalipers(layout, tape.marks)
  // From where the address stands now: keys may come faster than the page is drawn.
  const turn = (byMs: number) => {
    turnTo(toStrip(patient.id, { ...place, atMs: (placeOf(location.hash)?.atMs ?? atMs) + byMs }))
  }
  usePageKeys({ ArrowLeft: () => turn(-AROUND_MS), ArrowRight: () => turn(AROUND_MS) })

  const markers = useMemo(
    () =>
      alarm === undefined || alarm.onset < fromMs || alarm.onset >= toMs
        ? []
        : [{ timeMs: alarm.onset, label: alarmTitle(alarm) }],
    [alarm, fromMs, toMs],
  )
  const isThere = layout.lanes.length > 0
  usePrintSheet(
    isThere ? (
      <PrintedStrip patient={patient} alarm={alarm} tape={tape} layout={layout} markers={markers} calipers={calipers} />
    ) : undefined,
  )
  const title = `${dateText(atMs)}, ${clockText(fromMs)} to ${clockText(toMs)}`
  return (
    <section class="strip-page" aria-label="Strip">
      <div class="wave-tools">
        <div class="turning" role="group" aria-label="Turn by ten seconds">
          <button type="button" onClick={() => turn(-AROUND_MS)}>
            ‹ 10 s <kbd>←</kbd>
          </button>
          <h2>{title}</h2>
          <button type="button" onClick={() => turn(AROUND_MS)}>
            10 s › <kbd>→</kbd>
          </button>
        </div>
        <ScaleChoice scale={scale} choose={setScale} />
        <WaveChoice signals={signals} hidden={hidden} choose={setHidden} />
        <CaliperTools state={calipers} />
        <button type="button" disabled={!isThere} onClick={() => print()}>
          Print
        </button>
        <a class="button" href={toDisclosure(patient.id, place)}>
          The hour
        </a>
        <StripLink address={toStrip(patient.id, place)} />
        <CaliperMeasure state={calipers} />
      </div>
      {isThere ? (
        <>
          <MeasuredPaper
            layout={layout}
            marks={tape.marks}
            markers={markers}
            calipers={calipers}
            label={`Strip, ${title}`}
            centreMs={atMs}
          />
          <p class="strip-caption">
            {[scaleText(scale), rateText(tape.marks.beats), isPartial ? 'the end is still coming' : '']
              .filter((part) => part !== '')
              .join(' · ')}
          </p>
          <BeatLegend />
        </>
      ) : (
        <p class="strip-empty" role="status">
          {loading
            ? 'Loading the strip…'
            : problem === ''
              ? 'No samples are stored of these twenty seconds: nothing was measured, or it is longer ago than samples are kept.'
              : `The strip could not be loaded: ${problem}`}
        </p>
      )}
      {alarmProblem !== '' && <p class="problem">{alarmProblem}</p>}
      {alarm && <StripAlarm alarm={alarm} />}
    </section>
  )
}
