import type { Alarm } from '@pulsewire/contracts'
import { alarmTitle } from '../../../alarms/words.ts'
import type { Annotation } from '../../../annotations/notes.ts'
import { CATEGORY_WORDS } from '../../../annotations/notes.ts'
import { completeness, extremesOf } from '../../../report/extremes.ts'
import type { Measured } from '../../../report/report-data.ts'
import { type EpisodeSummary, type RhythmSummary, type RrInterval } from '../../../report/rhythm.ts'
import type { TrendPane } from '../../../trend/panes.ts'
import { ageText } from '../../../vitals/age.ts'
import { clockText, dayAndMinute } from '../../../vitals/clock.ts'
import { signalLabel } from '../../sweep.tsx'

/** Every alarm of the stretch with what staff did and said about it. */
export function AlarmTable({ alarms }: { alarms: readonly Alarm[] }) {
  if (alarms.length === 0) return <p>No alarms.</p>
  return (
    <table class="report-table">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Alarm</th>
          <th scope="col">Priority</th>
          <th scope="col">Lasted</th>
          <th scope="col">Acknowledged</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {alarms.map((alarm) => {
          const ended = alarm.conditionEndedAt ?? alarm.endedAt
          const acknowledged = alarm.firstAcknowledgedAt ?? alarm.acknowledgedAt
          return (
            <tr key={alarm.id}>
              <td>{dayAndMinute(alarm.onset)}</td>
              <td>
                {alarmTitle(alarm)}
                {alarm.comments.map(({ at, by, text }) => (
                  <span key={at} class="report-comment">
                    {by}: {text}
                  </span>
                ))}
              </td>
              <td>{alarm.kind === 'technical' ? `${alarm.priority}, technical` : alarm.priority}</td>
              <td>{ended === undefined ? 'goes on' : ageText(ended - alarm.onset)}</td>
              <td>
                {acknowledged === undefined ? 'no' : `${clockText(acknowledged)} ${alarm.acknowledgedBy ?? ''}`.trim()}
              </td>
              <td>
                {alarm.verdict === undefined
                  ? 'not judged'
                  : `${alarm.verdict.verdict === 'false' ? 'false alarm' : 'confirmed'}, ${alarm.verdict.by}`}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** Mean, lowest and highest with their times, and how much of the stretch is known. */
export function ValueTable(props: { panes: readonly TrendPane[]; measured: Measured; from: number; to: number }) {
  const { panes, measured, from, to } = props
  const rows = panes.flatMap((pane) =>
    pane.lines.flatMap(({ code, label }) => {
      const extremes = extremesOf(measured.series[code])
      return extremes === undefined ? [] : [{ code, label, pane, extremes }]
    }),
  )
  if (rows.length === 0) return <p>No values were stored in this stretch.</p>
  return (
    <table class="report-table">
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col">Mean</th>
          <th scope="col">Lowest</th>
          <th scope="col">Highest</th>
          <th scope="col">Minutes with a value</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ code, label, pane: { unit, digits }, extremes: { mean, low, high } }) => (
          <tr key={code}>
            <th scope="row">
              {label} {unit}
            </th>
            <td>{mean.toFixed(digits)}</td>
            <td>
              {low.value.toFixed(digits)} <small>({dayAndMinute(low.atMs)})</small>
            </td>
            <td>
              {high.value.toFixed(digits)} <small>({dayAndMinute(high.atMs)})</small>
            </td>
            <td>{percent(completeness(measured.minutes[code] ?? [], from, to))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const percent = (share: number) => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`

/** Beats by class, intervals, episodes, and how much of the stretch fibrillated. */
export function RhythmTable(props: {
  rhythm: RhythmSummary
  lead: string | undefined
  episodes: readonly EpisodeSummary[]
  /** How long the ECG was seen, ms. */
  seenMs: number
}) {
  const { rhythm, lead, episodes, seenMs } = props
  if (lead === undefined) return <p>No ECG in this stretch.</p>
  const { beats, byClass, longest, shortest, interruptions } = rhythm
  const fibrillation = episodes.find(({ type }) => type === 'atrial-fibrillation')?.totalMs ?? 0
  const share = (count: number) => (beats === 0 ? '' : ` (${((100 * count) / beats).toFixed(count === 0 ? 0 : 2)} %)`)
  return (
    <>
      <dl class="report-facts">
        <dt>Beats, lead {signalLabel(lead)}</dt>
        <dd>
          {beats}: normal {byClass.N}, supraventricular {byClass.S}
          {share(byClass.S)}, ventricular {byClass.V}
          {share(byClass.V)}, fusion {byClass.F}, unclassified {byClass.Q}
        </dd>
        <dt>Longest and shortest RR</dt>
        <dd>
          {rrText(longest)}; {rrText(shortest)}
        </dd>
        <dt>Interruptions of the signal</dt>
        <dd>{interruptions}</dd>
        <dt>Burden of atrial fibrillation</dt>
        <dd>
          {seenMs === 0
            ? 'not known: no ECG was seen'
            : `${percent(Math.min(1, fibrillation / seenMs))} of ${ageText(seenMs)} of ECG`}
        </dd>
      </dl>
      {episodes.length === 0 ? (
        <p>No rhythm or ST episodes were found.</p>
      ) : (
        <table class="report-table">
          <thead>
            <tr>
              <th scope="col">Episode</th>
              <th scope="col">How often</th>
              <th scope="col">In all</th>
              <th scope="col">Longest</th>
              <th scope="col">First</th>
            </tr>
          </thead>
          <tbody>
            {episodes.map(({ type, count, totalMs, longestMs, firstAt }) => (
              <tr key={type}>
                <th scope="row">{alarmTitle({ type, message: '' })}</th>
                <td>{count}</td>
                <td>{lengthText(totalMs)}</td>
                <td>{lengthText(longestMs)}</td>
                <td>{dayAndMinute(firstAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

const rrText = (interval: RrInterval | undefined) =>
  interval === undefined ? 'none' : `${Math.round(interval.rrMs)} ms at ${clockText(interval.atMs)}`
const lengthText = (ms: number) => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : ageText(ms))

/** Notes of staff; what was struck out stands there as such. */
export function NoteTable({ notes }: { notes: readonly Annotation[] }) {
  if (notes.length === 0) return <p>No notes.</p>
  return (
    <table class="report-table">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Kind</th>
          <th scope="col">Note</th>
          <th scope="col">By</th>
        </tr>
      </thead>
      <tbody>
        {notes.map((note) => (
          <tr key={note.id}>
            <td>
              {dayAndMinute(note.at)}
              {note.until !== undefined && ` – ${clockText(note.until)}`}
            </td>
            <td>{note.struck ? 'struck out' : CATEGORY_WORDS[note.category]}</td>
            <td>{note.struck ? <s>{note.text}</s> : note.text}</td>
            <td>
              {note.by}
              {note.earlier.length > 0 && `, corrected ${dayAndMinute(note.enteredAt)}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
