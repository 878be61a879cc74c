import type { Alarm } from '@pulsewire/contracts'
import { evidenceLines } from '../../../alarms/evidence.ts'
import { alarmTitle, localTimes } from '../../../alarms/words.ts'
import type { PatientState } from '../../../live/state.ts'
import { layoutOf } from '../../../paper/layout.ts'
import { byConvention, isEcg } from '../../../paper/order.ts'
import { STANDARD_SCALE, scaleText } from '../../../paper/scale.ts'
import type { Tape } from '../../../paper/tape.ts'
import { clockText, dayAndMinute } from '../../../vitals/clock.ts'
import { Paper } from '../../paper/paper.tsx'
import { useTape } from '../../paper/use-tape.ts'
import { signalLabel } from '../../sweep.tsx'

/** What fits on a line of a page at 25 mm/s, and how many lines an alarm has: ten seconds before and after. */
const LINE_MS = 7_000
const LINES = 3

/** The strips of alarms, one lead each, in true millimetres. */
export function ReportStrips({ patient, alarms }: { patient: PatientState; alarms: readonly Alarm[] }) {
  return (
    <>
      {alarms.map((alarm) => (
        <ReportStrip key={alarm.id} patient={patient} alarm={alarm} />
      ))}
    </>
  )
}

function ReportStrip({ patient, alarm }: { patient: PatientState; alarm: Alarm }) {
  const fromMs = alarm.onset - (LINES * LINE_MS) / 2
  const { tape, loading, problem } = useTape(patient.id, fromMs, fromMs + LINES * LINE_MS)
  const wave = leadOfReport(tape)
  return (
    <figure class="report-strip">
      <figcaption>
        <strong>{alarmTitle(alarm)}</strong> {dayAndMinute(alarm.onset)} · {alarm.priority} priority
        {alarm.verdict !== undefined && ` · ${alarm.verdict.verdict} by ${alarm.verdict.by}`}
        <br />
        {localTimes(alarm.message, alarm.onset)}
        {evidenceLines(alarm.evidence).length > 0 && <br />}
        {evidenceLines(alarm.evidence).join('; ')}
      </figcaption>
      {wave === undefined ? (
        <p>
          {loading
            ? 'Loading the strip…'
            : problem === ''
              ? 'No ECG is stored around this time.'
              : `The strip could not be loaded: ${problem}`}
        </p>
      ) : (
        <>
          {Array.from({ length: LINES }, (_, line) => {
            const start = fromMs + line * LINE_MS
            const isHere = alarm.onset >= start && alarm.onset < start + LINE_MS
            return (
              <Paper
                key={start}
                layout={layoutOf([wave], start, start + LINE_MS, STANDARD_SCALE)}
                marks={tape.marks}
                markers={isHere ? [{ timeMs: alarm.onset, label: alarmTitle(alarm) }] : []}
                label={`Lead ${signalLabel(wave.signal)} from ${clockText(start)}`}
              />
            )
          })}
          <p class="report-strip-scale">
            Lead {signalLabel(wave.signal)} · {scaleText(STANDARD_SCALE)} · filter: none, as the device sent it
          </p>
        </>
      )}
    </figure>
  )
}

/** Lead II, else the first by convention. */
function leadOfReport({ waves }: Tape) {
  const leads = waves.filter(({ signal }) => isEcg(signal)).sort((a, b) => byConvention(a.signal, b.signal))
  return leads.find(({ signal }) => signal === 'ecg.II') ?? leads[0]
}
