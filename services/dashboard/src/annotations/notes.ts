import type { AnnotationCategory } from '@pulsewire/contracts/annotation-history'
import type { Annotation, StaffCommand } from '../api/operations.ts'

export type { Annotation } from '../api/operations.ts'

export const CATEGORY_WORDS: Readonly<Record<AnnotationCategory, string>> = {
  note: 'Note',
  symptom: 'Symptom',
  medication: 'Medication',
  procedure: 'Procedure',
  activity: 'Activity',
  rhythm: 'Rhythm',
  artefact: 'Artefact',
}

/** The notes with what was heard live: a new one, or the next version of a known one. The same list where it changes nothing. */
export function withHeard(notes: readonly Annotation[], command: StaffCommand): readonly Annotation[] {
  if (command.type !== 'annotation') return notes
  const { annotation, patient, by, at: enteredAt } = command
  const known = notes.find(({ id }) => id === annotation.id)
  if (known === undefined) {
    // A later version of one that is not in the list belongs to another time.
    return annotation.version === 1 ? [...notes, { ...annotation, patient, by, enteredAt, earlier: [] }] : notes
  }
  if (known.struck === true || annotation.version !== known.version + 1) return notes
  const { earlier, patient: _patient, ...before } = known
  const next: Annotation = { ...annotation, patient, by, enteredAt, earlier: [...earlier, before] }
  return notes.map((note) => (note === known ? next : note))
}

/** Those that are about a part of `[from, to)`, in order of time; of one signal: those about it, and about none. */
export function notesWithin(
  notes: readonly Annotation[],
  { from, to, signal }: { readonly from: number; readonly to: number; readonly signal?: string },
): Annotation[] {
  return notes
    .filter(({ at, until = at }) => at < to && until >= from)
    .filter((note) => signal === undefined || note.signal === undefined || note.signal === signal)
    .sort((one, other) => one.at - other.at || one.enteredAt - other.enteredAt)
}
