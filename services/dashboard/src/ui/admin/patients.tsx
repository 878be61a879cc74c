import { useState } from 'preact/hooks'
import type { Body } from '../../api/client.ts'
import { toAdmin, useStation, useWard } from '../hooks.ts'
import { byBed, findBeds } from '../ward/grid.ts'
import { Choice, TextField } from './field.tsx'
import { PlaceField } from './place-field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'

export const SEX_WORDS = [
  ['', 'not said'],
  ['female', 'female'],
  ['male', 'male'],
  ['other', 'other'],
] as const

const STATE_WORDS = { on: 'monitored', standby: 'standby', discharged: 'discharged' } as const

/** Everybody who is known here, found by bed or name, and a form for a new patient. */
export function Patients() {
  const patients = useWard((state) => state.patients)
  const [typed, setTyped] = useState('')
  const [discharged, setDischarged] = useState(false)
  const all = [...patients.values()].sort(byBed)
  const shown = findBeds(
    all.filter(({ monitoring }) => discharged || monitoring.state !== 'discharged'),
    typed,
  )
  const gone = all.filter(({ monitoring }) => monitoring.state === 'discharged').length
  return (
    <section aria-label="Patients">
      <div class="tools">
        <TextField label="Find by bed or name" name="find" type="search" value={typed} onText={setTyped} />
        {gone > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={discharged}
              onChange={(event) => setDischarged(event.currentTarget.checked)}
            />
            Also discharged ({gone})
          </label>
        )}
      </div>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Bed</th>
              <th scope="col">Name</th>
              <th scope="col">Born</th>
              <th scope="col">State</th>
              <th scope="col">Wears</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((patient) => (
              <tr key={patient.id}>
                <td>{patient.place ?? '–'}</td>
                <td>
                  <a href={toAdmin('patients', patient.id)}>{patient.name}</a>
                </td>
                <td>{patient.dateOfBirth ?? '–'}</td>
                <td>{STATE_WORDS[patient.monitoring.state]}</td>
                <td>{patient.devices.map((device) => device.id).join(', ') || 'nothing'}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="none">{all.length === 0 ? 'No patients yet.' : 'Nobody answers to that.'}</p>}
      </div>
      <h2>Admit a patient</h2>
      <AdmitForm />
    </section>
  )
}

type NewPatient = Body<'POST /patients'>

/** A form for a new patient; `onDone` is told the id. */
export function AdmitForm({ onDone }: { onDone?: (id: string) => void }) {
  const station = useStation()
  const { act, problem, busy } = useAct()
  const [draft, setDraft] = useState<Record<string, string>>({})
  const text = (name: string) => draft[name] ?? ''
  const set = (name: string) => (value: string) => setDraft({ ...draft, [name]: value })
  const admit = async () => {
    const filled = Object.entries(draft).filter(([, value]) => value.trim() !== '')
    const body: NewPatient = { ...Object.fromEntries(filled), name: text('name').trim() }
    const done = await act(async () => {
      const { id } = await station.api.call('POST /patients', { body })
      onDone?.(id)
    })
    if (done) setDraft({})
  }
  return (
    <form
      class="row-form"
      aria-label="New patient"
      onSubmit={(event) => {
        event.preventDefault()
        void admit()
      }}
    >
      <TextField label="Name" name="name" required autocomplete="off" value={text('name')} onText={set('name')} />
      <PlaceField value={text('place')} onText={set('place')} />
      <TextField
        label="Date of birth"
        name="dateOfBirth"
        type="date"
        value={text('dateOfBirth')}
        onText={set('dateOfBirth')}
      />
      <Choice label="Sex" name="sex" value={text('sex')} options={SEX_WORDS} onText={set('sex')} />
      <button type="submit" class="primary" disabled={busy}>
        Add patient
      </button>
      <Problem text={problem} />
    </form>
  )
}
