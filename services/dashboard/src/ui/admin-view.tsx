import { useEffect, useState } from 'preact/hooks'
import { type Credential, type NewPatient, messageOf } from '../api.ts'
import type { DeviceRow } from '../live/messages.ts'
import { byBed } from './grid.ts'
import { toPatient, toWard, useStation, useWard } from './hooks.ts'

/** Patients and devices: enough to get a first device live from the browser. */
export function AdminView() {
  const station = useStation()
  const registry = useWard((state) => state.registry)
  const [devices, setDevices] = useState<readonly DeviceRow[]>([])
  const [problem, setProblem] = useState('')

  const refresh = async () => {
    try {
      setDevices(await station.api.devices())
      await station.reload()
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  useEffect(() => void refresh(), [station, registry])

  const act = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
      await refresh()
      return true
    } catch (error) {
      setProblem(messageOf(error))
      return false
    }
  }
  return (
    <main class="admin">
      <header class="patient-head">
        <a class="back" href={toWard} aria-label="Back to the ward (Esc)">
          ←
        </a>
        <h1>Patients and devices</h1>
      </header>
      <p class="problem" role="alert">
        {problem}
      </p>
      <Patients act={act} />
      <Devices devices={devices} act={act} />
    </main>
  )
}

type Act = (work: () => Promise<unknown>) => Promise<boolean>

function Patients({ act }: { act: Act }) {
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
    const patient: NewPatient = { ...filled, name: draft['name'] ?? '' }
    if (await act(() => station.api.createPatient(patient))) setDraft({})
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

function Devices({ devices, act }: { devices: readonly DeviceRow[]; act: Act }) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [id, setId] = useState('')
  const [model, setModel] = useState('')
  const [credential, setCredential] = useState<Credential | undefined>(undefined)
  const beds = [...patients.values()].sort(byBed)
  const register = async () => {
    const done = await act(async () => {
      const made = await station.api.createDevice({
        ...(id.trim() === '' ? {} : { id: id.trim() }),
        ...(model.trim() === '' ? {} : { model: model.trim() }),
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
                    void act(() => station.api.associate(device.id, patient === '' ? null : patient))
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

/** A command for a shell that sends one message of vitals, of this second, as the device. */
function firstMessage({ username, password }: Credential): string {
  return [
    `mosquitto_pub -h ${location.hostname} -p 1883 -i ${username} -u ${username} -P ${password} \\`,
    `  -q 1 -t bsn/v1/${username}/vitals \\`,
    `  -m '{"boot":"try-'$(date +%s)'","seq":1,"at":'$(date +%s000)',"vitals":{"heartRate":72,"spo2":98}}'`,
  ].join('\n')
}

/** A device's secret is told once; the server keeps only its hash. */
function CredentialOnce({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  return (
    <div class="credential" role="status">
      <h3>Write this down: it is shown only once</h3>
      <dl>
        <dt>MQTT client id and user name</dt>
        <dd>
          <code>{credential.username}</code>
        </dd>
        <dt>MQTT password</dt>
        <dd>
          <code>{credential.password}</code>
        </dd>
        <dt>Publish vitals to</dt>
        <dd>
          <code>bsn/v1/{credential.username}/vitals</code>
        </dd>
        <dt>Publish waveforms to</dt>
        <dd>
          <code>bsn/v1/{credential.username}/waveform</code>
        </dd>
      </dl>
      <p>Then choose above who wears it. To see a first value, run this where Mosquitto’s clients are installed:</p>
      <pre tabIndex={0}>{firstMessage(credential)}</pre>
      <p>1883 is the MQTT port unless the station was started with another; 8883 is the one with TLS.</p>
      <button type="button" onClick={onClose}>
        I have written it down
      </button>
    </div>
  )
}
