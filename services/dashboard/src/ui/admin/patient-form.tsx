import { useState } from 'preact/hooks'
import {
  FIELD_WORDS,
  changeOf,
  differences,
  draftOf,
  type PatientDraft,
  type PatientEdits,
  type PatientField,
} from '../../admin/patient-draft.ts'
import { ApiError, messageOf } from '../../api/client.ts'
import type { PatientState } from '../../live/state.ts'
import { useStation } from '../hooks.ts'
import { Choice, TextField } from './field.tsx'
import { SEX_WORDS } from './patients.tsx'
import { PlaceField } from './place-field.tsx'
import { Problem } from './problem.tsx'
import { useLoaded } from './use-loaded.ts'

/** What the form began from: a save is refused where the patient no longer stands there. */
interface Base {
  version: number
  draft: PatientDraft
}

/** The fields of a patient. What is typed stays typed, whatever else happens: a save that somebody else overtook shows what it is now. */
export function PatientForm({ patient }: { patient: PatientState }) {
  const station = useStation()
  const { data: chains } = useLoaded(() => station.api.call('GET /escalation-chains'))
  const [edits, setEdits] = useState<PatientEdits>({})
  const [base, setBase] = useState<Base>()
  const [overtaken, setOvertaken] = useState<{ by: readonly PatientField[]; now: PatientDraft }>()
  const [problem, setProblem] = useState('')
  const [saved, setSaved] = useState(false)
  const now: Base = { version: patient.version, draft: draftOf(patient) }
  const from = base ?? now
  const text = (field: PatientField) => edits[field] ?? now.draft[field]
  const set = (field: PatientField) => (value: string) => {
    setSaved(false)
    setBase(from)
    setEdits({ ...edits, [field]: value })
  }
  const reset = () => {
    setEdits({})
    setBase(undefined)
    setOvertaken(undefined)
    setProblem('')
  }
  const save = async () => {
    const wanted = changeOf(from.draft, edits)
    if ('problem' in wanted) return setProblem(wanted.problem)
    const path = { id: patient.id }
    try {
      const body = { ...wanted.change, version: from.version }
      await station.api.call('PATCH /patients/{id}', { path, body })
      await station.reload()
      reset()
      setSaved(true)
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'PW_CONFLICT')) return setProblem(messageOf(error))
      const fresh = await station.api.call('GET /patients/{id}', { path })
      const draft = draftOf(fresh)
      setOvertaken({ by: differences(from.draft, draft), now: draft })
      setBase({ version: fresh.version, draft })
      setProblem('')
      await station.reload()
    }
  }
  const own = chains?.chains.find(({ id }) => id === text('escalationChain'))
  const steps = (own ?? chains?.usual)?.steps.join(' → ')
  const chainOptions = [
    ['', 'the usual one'] as const,
    ...(chains?.chains ?? []).map(({ id, name }) => [id, name] as const),
  ]
  const field = (
    name: PatientField,
    extra: { type?: 'date'; required?: boolean; hint?: string; inputMode?: 'numeric' } = {},
  ) => (
    <TextField
      label={FIELD_WORDS[name]}
      name={name}
      autocomplete="off"
      value={text(name)}
      onText={set(name)}
      {...extra}
    />
  )
  return (
    <form
      class="fields"
      aria-label="Patient"
      onSubmit={(event) => {
        event.preventDefault()
        void save().catch((error: unknown) => setProblem(messageOf(error)))
      }}
    >
      {field('name', { required: true })}
      {field('dateOfBirth', { type: 'date' })}
      <Choice label="Sex" value={text('sex')} options={SEX_WORDS} onText={set('sex')} />
      <PlaceField value={text('place')} onText={set('place')} own={patient.id} />
      <Choice
        label="Pregnant (NEWS2 is not scored then)"
        value={text('pregnant')}
        options={[
          ['', 'not said'],
          ['no', 'no'],
          ['yes', 'yes'],
        ]}
        onText={set('pregnant')}
      />
      <Choice
        label="SpO2 scale of NEWS2"
        value={text('spo2Scale')}
        options={[
          ['', '1, as usual'],
          ['1', '1'],
          ['2', '2: 88 to 92 % meant, by a clinician’s decision'],
        ]}
        onText={set('spo2Scale')}
      />
      <Choice
        label="Escalation chain"
        value={text('escalationChain')}
        options={chainOptions}
        onText={set('escalationChain')}
      />
      {field('escalation', { hint: `Names or roles with commas; empty: ${steps ?? 'as the chain says'}` })}
      {field('afterHighS', { inputMode: 'numeric', hint: 'empty: as the chain says' })}
      {field('afterMediumS', { inputMode: 'numeric', hint: 'empty: as the chain says' })}
      {overtaken && (
        <div class="overtaken" role="alert">
          <h3>Somebody else changed this. Here is what it is now:</h3>
          <ul>
            {overtaken.by.map((name) => (
              <li key={name}>
                {FIELD_WORDS[name]}: <strong>{overtaken.now[name] || 'not said'}</strong>
                {edits[name] !== undefined && ` — you typed “${edits[name]}”`}
              </li>
            ))}
            {overtaken.by.length === 0 && <li>The limits, or something else that is not in this form.</li>}
          </ul>
          <p>Nothing that you typed is lost. Save again to put yours over it, or take theirs.</p>
        </div>
      )}
      <Problem text={problem} />
      <p role="status">{saved ? 'Saved' : ''}</p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={Object.keys(edits).length === 0}>
          {overtaken ? 'Save mine over it' : 'Save'}
        </button>
        {Object.keys(edits).length > 0 && (
          <button type="button" onClick={reset}>
            {overtaken ? 'Take theirs' : 'Undo what I typed'}
          </button>
        )}
      </div>
    </form>
  )
}
