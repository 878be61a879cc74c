import { useState } from 'preact/hooks'
import type { DeviceRow } from '../../live/messages.ts'
import { ageText } from '../../vitals/age.ts'
import { toAdmin, useIsAdmin, useNow, useStation, useWard } from '../hooks.ts'
import { CredentialOnce, type Credential } from './credential-once.tsx'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

/** What a device is, in a word. */
export function deviceState({ disabled, status, lastSeenAt }: DeviceRow): string {
  if (disabled) return 'disabled'
  return status?.state ?? (lastSeenAt === undefined ? 'never seen' : 'heard')
}

/** The devices and who wears each, and a form for a new one. */
export function Devices() {
  const station = useStation()
  const admin = useIsAdmin()
  const now = useNow()
  const patients = useWard((state) => state.patients)
  const [typed, setTyped] = useState('')
  const { data, problem, refresh } = useLoaded(() => station.api.call('GET /devices'))
  const [credential, setCredential] = useState<Credential>()
  const devices = (data?.devices ?? [])
    .filter(({ id, model = '' }) => `${id} ${model}`.toLowerCase().includes(typed.trim().toLowerCase()))
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  const wearer = (patient: string | null) => {
    const known = patient === null ? undefined : patients.get(patient)
    return known === undefined ? (patient ?? 'nobody') : [known.place, known.name].filter(Boolean).join(', ')
  }
  return (
    <section aria-label="Devices">
      <div class="tools">
        <TextField label="Find by id or model" name="find" type="search" value={typed} onText={setTyped} />
        <a href={toAdmin('scan')}>Scan who wears what</a>
        <a href={toAdmin('labels')}>Print labels</a>
      </div>
      <Problem text={problem} />
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Model</th>
              <th scope="col">State</th>
              <th scope="col">Battery</th>
              <th scope="col">Last heard</th>
              <th scope="col">Worn by</th>
            </tr>
          </thead>
          <tbody>
            {devices.map((device) => (
              <tr key={device.id}>
                <td>
                  <a href={toAdmin('devices', device.id)}>{device.id}</a>
                </td>
                <td>{device.model ?? device.status?.model ?? '–'}</td>
                <td>{deviceState(device)}</td>
                <td class={(device.status?.battery ?? 100) < 20 ? 'low' : ''}>
                  {device.status?.battery === undefined ? '–' : `${device.status.battery} %`}
                </td>
                <td>{device.lastSeenAt === undefined ? 'never' : `${ageText(now - device.lastSeenAt)} ago`}</td>
                <td>{wearer(device.patient)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {data !== undefined && devices.length === 0 && <p class="none">No devices.</p>}
      </div>
      {admin && (
        <>
          <h2>Register a device</h2>
          <RegisterForm
            onDone={(made) => {
              setCredential(made)
              void refresh()
            }}
          />
        </>
      )}
      {credential && <CredentialOnce credential={credential} onClose={() => setCredential(undefined)} />}
    </section>
  )
}

/** A form for a new device; `onDone` is told its credential. */
export function RegisterForm({ onDone }: { onDone: (credential: Credential) => void }) {
  const station = useStation()
  const { act, problem, busy } = useAct()
  const [id, setId] = useState('')
  const [model, setModel] = useState('')
  const register = async () => {
    const body = {
      ...(id.trim() === '' ? {} : { id: id.trim() }),
      ...(model.trim() === '' ? {} : { model: model.trim() }),
    }
    const done = await act(async () => onDone((await station.api.call('POST /devices', { body })).credential))
    if (!done) return
    setId('')
    setModel('')
  }
  return (
    <form
      class="row-form"
      aria-label="New device"
      onSubmit={(event) => {
        event.preventDefault()
        void register()
      }}
    >
      <TextField
        label="Device id (empty: made up)"
        name="device-id"
        pattern="[A-Za-z0-9_\-]{1,64}"
        autocomplete="off"
        value={id}
        onText={setId}
      />
      <TextField label="Model (optional)" name="device-model" autocomplete="off" value={model} onText={setModel} />
      <button type="submit" class="primary" disabled={busy}>
        Register device
      </button>
      <Problem text={problem} />
    </form>
  )
}
