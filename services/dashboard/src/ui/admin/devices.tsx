import { useState } from 'preact/hooks'
import type { DeviceRow } from '../../live/messages.ts'
import { useStation, useWard } from '../hooks.ts'
import { byBed } from '../ward/grid.ts'
import type { Act } from './act.ts'
import { type Credential, CredentialOnce } from './credential-once.tsx'

/** The devices, who wears each, and a form for a new one. */
export function Devices({ devices, act }: { devices: readonly DeviceRow[]; act: Act }) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [id, setId] = useState('')
  const [model, setModel] = useState('')
  const [credential, setCredential] = useState<Credential | undefined>(undefined)
  const beds = [...patients.values()].sort(byBed)
  const register = async () => {
    const done = await act(async () => {
      const made = await station.api.call('POST /devices', {
        body: {
          ...(id.trim() === '' ? {} : { id: id.trim() }),
          ...(model.trim() === '' ? {} : { model: model.trim() }),
        },
      })
      setCredential(made.credential)
    })
    if (done) {
      setId('')
      setModel('')
    }
  }
  return (
    <section aria-label="Devices">
      <h2>Devices</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Model</th>
            <th scope="col">State</th>
            <th scope="col">Worn by</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={device.id}>
              <td>{device.id}</td>
              <td>{device.model ?? '–'}</td>
              <td>{device.disabled ? 'disabled' : (device.status?.state ?? 'never seen')}</td>
              <td>
                <select
                  aria-label={`Who wears ${device.id}`}
                  value={device.patient ?? ''}
                  onChange={(event) => {
                    const patient = event.currentTarget.value
                    void act(() =>
                      station.api.call('PUT /devices/{id}/patient', {
                        path: { id: device.id },
                        body: { patient: patient === '' ? null : patient },
                      }),
                    )
                  }}
                >
                  <option value="">nobody</option>
                  {beds.map((patient) => (
                    <option key={patient.id} value={patient.id}>
                      {patient.place === undefined ? patient.name : `${patient.place}, ${patient.name}`}
                    </option>
                  ))}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="row-form"
        aria-label="New device"
        onSubmit={(event) => {
          event.preventDefault()
          void register()
        }}
      >
        <label>
          Device id (optional)
          <input
            name="device-id"
            value={id}
            pattern="[A-Za-z0-9_\-]{1,64}"
            onInput={(event) => setId(event.currentTarget.value)}
          />
        </label>
        <label>
          Model (optional)
          <input name="device-model" value={model} onInput={(event) => setModel(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary">
          Register device
        </button>
      </form>
      {credential && <CredentialOnce credential={credential} onClose={() => setCredential(undefined)} />}
    </section>
  )
}
