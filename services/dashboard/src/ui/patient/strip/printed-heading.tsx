import type { PatientState } from '../../../live/state.ts'
import { ageAndSex, clockText, dateText, zoneText } from '../../../vitals/clock.ts'

/** The head of a printed page: who, where, when by which clock, how it was drawn, and what it is not. */
export function PrintedHeading(props: {
  patient: PatientState
  fromMs: number
  toMs: number
  facts: readonly string[]
  notes: readonly string[]
  page: number
  pages: number
}) {
  const { patient, fromMs, toMs } = props
  return (
    <header class="print-heading">
      <p>
        <strong>{patient.name}</strong> {ageAndSex(patient, fromMs)}
        {patient.dateOfBirth !== undefined && `, born ${patient.dateOfBirth}`} · {patient.place ?? 'no bed'} · id{' '}
        {patient.id}
      </p>
      <p>
        <strong>
          {dateText(fromMs)} {clockText(fromMs)} to {clockText(toMs)}
        </strong>{' '}
        {zoneText(fromMs)} · page {props.page} of {props.pages}
      </p>
      <p>{props.facts.join(' · ')}</p>
      {props.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      <p class="print-warning">
        Pulsewire is not a medical device. True to scale if printed at 100 %: small squares are 1 mm.
      </p>
    </header>
  )
}
