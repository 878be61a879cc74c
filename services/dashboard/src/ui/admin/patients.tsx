import { useState } from 'preact/hooks'
import type { Body } from '../../api/client.ts'
import { toPatient, useStation, useWard } from '../hooks.ts'
import { byBed } from '../ward/grid.ts'
import type { Act } from './act.ts'

/** The patients of this installation, and a form for a new one. */
export function Patients({ act }: { act: Act }) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [draft, setDraft] = useState<Record<string, string>>({})
  const field = (name: string, label: string, required = false) => (
    <label>
      {label}
      <input
        name={name}
        required={required}
        value={draft[name] ?? ''}
        onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
      />
    </label>
  )
  const create = async () => {
    const filled = Object.fromEntries(Object.entries(draft).filter(([, text]) => text.trim() !== ''))
    const patient: Body<'POST /patients'> = { ...filled, name: draft['name'] ?? '' }
    if (await act(() => station.api.call('POST /patients', { body: patient }))) setDraft({})
  }
  return (
    <section aria-label="Patients">
      <h2>Patients</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Bed</th>
            <th scope="col">Name</th>
            <th scope="col">Devices</th>
          </tr>
        </thead>
        <tbody>
          {[...patients.values()].sort(byBed).map((patient) => (
            <tr key={patient.id}>
              <td>{patient.place ?? '–'}</td>
              <td>
                <a href={toPatient(patient.id)}>{patient.name}</a>
              </td>
              <td>{patient.devices.map((device) => device.id).join(', ') || 'none'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="row-form"
        aria-label="New patient"
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        {field('name', 'Name', true)}
        {field('place', 'Bed or place')}
        <label>
          Date of birth
          <input
            name="dateOfBirth"
            type="date"
            value={draft['dateOfBirth'] ?? ''}
            onInput={(event) => setDraft({ ...draft, dateOfBirth: event.currentTarget.value })}
          />
        </label>
        <label>
          Sex
          <select
            name="sex"
            value={draft['sex'] ?? ''}
            onChange={(event) => setDraft({ ...draft, sex: event.currentTarget.value })}
          >
            <option value="">not said</option>
            <option value="female">female</option>
            <option value="male">male</option>
            <option value="other">other</option>
          </select>
        </label>
        <button type="submit" class="primary">
          Add patient
        </button>
      </form>
    </section>
  )
}
