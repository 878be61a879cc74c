import type { Body } from '../api/client.ts'
import type { Patient } from '../api/operations.ts'

/** The fields of a patient's form, each as the text that stands in it; empty = not said. */
export const PATIENT_FIELDS = [
  'name',
  'dateOfBirth',
  'sex',
  'place',
  'pregnant',
  'spo2Scale',
  'escalationChain',
  'escalation',
  'afterHighS',
  'afterMediumS',
] as const
export type PatientField = (typeof PATIENT_FIELDS)[number]
export type PatientDraft = Readonly<Record<PatientField, string>>
/** What was typed, and nothing of what was not. */
export type PatientEdits = Partial<Record<PatientField, string>>

type Shown = Pick<
  Patient,
  | 'name'
  | 'dateOfBirth'
  | 'sex'
  | 'place'
  | 'pregnant'
  | 'spo2Scale'
  | 'escalation'
  | 'escalateAfterS'
  | 'escalationChain'
>

/** A patient as the form shows it. */
export function draftOf(patient: Shown): PatientDraft {
  const { escalateAfterS: after } = patient
  return {
    name: patient.name,
    dateOfBirth: patient.dateOfBirth ?? '',
    sex: patient.sex ?? '',
    place: patient.place ?? '',
    pregnant: patient.pregnant === undefined ? '' : patient.pregnant ? 'yes' : 'no',
    spo2Scale: patient.spo2Scale === undefined ? '' : String(patient.spo2Scale),
    escalationChain: patient.escalationChain ?? '',
    escalation: (patient.escalation ?? []).join(', '),
    afterHighS: after === undefined ? '' : String(after.high),
    afterMediumS: after === undefined ? '' : String(after.medium),
  }
}

/** The fields in which two drafts differ. */
export function differences(one: PatientDraft, other: PatientDraft): PatientField[] {
  return PATIENT_FIELDS.filter((field) => one[field] !== other[field])
}

type Change = Body<'PATCH /patients/{id}'>
const SEXES = ['female', 'male', 'other', 'unknown'] as const

/** What a save sends: only what was typed and differs; or what is wrong with it. */
export function changeOf(before: PatientDraft, edits: PatientEdits): { change: Change } | { problem: string } {
  const draft: PatientDraft = { ...before, ...edits }
  const changed = differences(before, draft)
  const has = (field: PatientField) => changed.includes(field)
  const name = draft.name.trim()
  if (name === '') return { problem: 'A patient needs a name' }
  const steps = draft.escalation
    .split(',')
    .map((step) => step.trim())
    .filter((step) => step !== '')
  if (steps.length > 10) return { problem: 'An escalation chain has at most ten steps' }
  const [high, medium] = [draft.afterHighS, draft.afterMediumS].map((text) =>
    text.trim() === '' ? undefined : Number(text),
  )
  if ((high === undefined) !== (medium === undefined)) return { problem: 'Give both times of escalation, or neither' }
  if (high !== undefined && !(Number.isInteger(high) && high >= 15 && high <= 600)) {
    return { problem: 'A high alarm goes a step up after 15 to 600 seconds' }
  }
  if (medium !== undefined && !(Number.isInteger(medium) && medium >= 60 && medium <= 3600)) {
    return { problem: 'A medium alarm goes a step up after 60 to 3600 seconds' }
  }
  const after = high === undefined || medium === undefined ? null : { high, medium }
  return {
    change: {
      ...(has('name') ? { name } : {}),
      ...(has('dateOfBirth') ? { dateOfBirth: draft.dateOfBirth || null } : {}),
      ...(has('sex') ? { sex: SEXES.find((sex) => sex === draft.sex) ?? null } : {}),
      ...(has('place') ? { place: draft.place.trim() || null } : {}),
      ...(has('pregnant') ? { pregnant: draft.pregnant === '' ? null : draft.pregnant === 'yes' } : {}),
      ...(has('spo2Scale') ? { spo2Scale: draft.spo2Scale === '2' ? 2 : draft.spo2Scale === '1' ? 1 : null } : {}),
      ...(has('escalationChain') ? { escalationChain: draft.escalationChain || null } : {}),
      ...(has('escalation') ? { escalation: steps.length === 0 ? null : steps } : {}),
      ...(has('afterHighS') || has('afterMediumS') ? { escalateAfterS: after } : {}),
    },
  }
}

export const FIELD_WORDS: Readonly<Record<PatientField, string>> = {
  name: 'Name',
  dateOfBirth: 'Date of birth',
  sex: 'Sex',
  place: 'Bed or place',
  pregnant: 'Pregnant',
  spo2Scale: 'SpO2 scale',
  escalationChain: 'Escalation chain',
  escalation: 'Own steps of escalation',
  afterHighS: 'High alarms go up after (s)',
  afterMediumS: 'Medium alarms go up after (s)',
}
