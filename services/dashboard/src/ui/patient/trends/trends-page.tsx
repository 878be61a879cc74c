import type { PatientState } from '../../../live/state.ts'
import { NoteForm } from '../annotations/note-form.tsx'
import { TrendBoard } from './trend-board.tsx'

/** The section "Trends" of the patient page. */
export function TrendsPage({ patient }: { patient: PatientState }) {
  return (
    <div class="section-page">
      <TrendBoard patient={patient} />
      <NoteForm patient={patient.id} />
    </div>
  )
}
