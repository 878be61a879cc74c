import type { Alarm } from '@pulsewire/contracts'
import { news2Exclusion } from '@pulsewire/early-warning'
import type { PatientState } from '../../../live/state.ts'
import type { Measured } from '../../../report/report-data.ts'
import { episodesOf, summarizeBeats } from '../../../report/rhythm.ts'
import type { Happenings } from '../../../timeline/entries.ts'
import { type LimitChange, limitSteps } from '../../../trend/limit-steps.ts'
import { panesOf } from '../../../trend/panes.ts'
import { ageAndSex, dayAndMinute, zoneText } from '../../../vitals/clock.ts'
import { limitsOf } from '../limits-editor.tsx'
import { changeText } from '../limits-history.tsx'
import { News2Key, News2Table } from '../news2/news2-table.tsx'
import type { News2Column } from '../../../news2/observations.ts'
import { ReportStrips } from './report-strips.tsx'
import { AlarmTable, NoteTable, RhythmTable, ValueTable } from './report-tables.tsx'
import { TrendChart } from './trend-chart.tsx'

export interface ReportContent {
  readonly patient: PatientState
  readonly from: number
  readonly to: number
  readonly madeAt: number
  readonly madeBy: string
  readonly happenings: Happenings
  readonly measured: Measured
  readonly news2: readonly News2Column[]
  readonly limitHistory: readonly LimitChange[]
  /** Whose strips are shown. */
  readonly strips: readonly Alarm[]
}

/** A patient's report, as it is printed. */
export function ReportDocument(content: ReportContent) {
  const { patient, from, to, madeAt, madeBy, happenings, measured, news2, limitHistory, strips } = content
  const panes = panesOf(Object.keys(measured.series))
  const alarms = happenings.alarms.toSorted((one, other) => one.onset - other.onset)
  const stepsOf = (code: (typeof panes)[number]['limit']) =>
    code === undefined
      ? []
      : (['low', 'high'] as const).flatMap((side) =>
          limitSteps(limitHistory, code, side, limitsOf(patient)[code]?.[side], { from, to }),
        )
  const exclusion = news2Exclusion(patient, to)
  const changes = limitHistory.filter(({ at }) => at >= from && at < to)
  const seenMs = (measured.minutes['heartRate.ecg'] ?? []).length * 60_000
  return (
    <article class="report" aria-label={`Report of ${patient.name}`}>
      <header class="report-head">
        <h2>{patient.name}</h2>
        <p>
          {ageAndSex(patient, to)}
          {patient.dateOfBirth !== undefined && ` · born ${patient.dateOfBirth}`} · {patient.place ?? 'no bed'} · id{' '}
          {patient.id}
        </p>
        <p>
          <strong>
            {dayAndMinute(from)} to {dayAndMinute(to)}
          </strong>{' '}
          {zoneText(from)} · made {dayAndMinute(madeAt)} by {madeBy}
        </p>
        <p class="report-warning">
          Pulsewire is not a medical device. Nobody should depend on this for a patient’s care.
        </p>
      </header>
      <section>
        <h3>Devices</h3>
        {patient.devices.length === 0 ? (
          <p>No device now.</p>
        ) : (
          <p>
            {patient.devices
              .map(({ id, model, state }) => [id, model ?? '', state ?? ''].filter((part) => part !== '').join(', '))
              .join(' · ')}
          </p>
        )}
      </section>
      <section>
        <h3>Values</h3>
        <ValueTable panes={panes} measured={measured} from={from} to={to} />
      </section>
      <section>
        <h3>Rhythm</h3>
        <RhythmTable
          rhythm={summarizeBeats(measured.beats, happenings.findings)}
          lead={measured.lead}
          episodes={episodesOf(happenings.findings, from, to)}
          seenMs={seenMs}
        />
      </section>
      <section>
        <h3>Alarms</h3>
        <AlarmTable alarms={alarms} />
        {changes.length > 0 && (
          <ul class="report-changes" aria-label="Changes of the limits">
            {changes.map((change) => (
              <li key={change.at}>
                {dayAndMinute(change.at)} {change.by}: {changeText(change)}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h3>Notes</h3>
        <NoteTable notes={happenings.notes} />
      </section>
      <section class="report-trends">
        <h3>Trends</h3>
        {panes.map((pane) => (
          <TrendChart key={pane.key} pane={pane} measured={measured} from={from} to={to} limits={stepsOf(pane.limit)} />
        ))}
      </section>
      <section class="report-news2">
        <h3>NEWS2</h3>
        {exclusion === undefined ? (
          <>
            <News2Table columns={news2} spo2Scale={patient.spo2Scale ?? 1} />
            <News2Key />
          </>
        ) : (
          <p>Not taken: {exclusion === 'pregnant' ? 'the patient is pregnant' : 'the patient is under 16'}.</p>
        )}
      </section>
      {strips.length > 0 && (
        <section class="report-strips">
          <h3>Strips</h3>
          <ReportStrips patient={patient} alarms={strips} />
        </section>
      )}
    </article>
  )
}
