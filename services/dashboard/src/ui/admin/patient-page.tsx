import { useState } from 'preact/hooks'
import type { PatientState } from '../../live/state.ts'
import { toAdmin, toPatient, useStation, useWard } from '../hooks.ts'
import { LimitsEditor } from '../patient/limits-editor.tsx'
import { PatientForm } from './patient-form.tsx'
import { Problem } from './problem.tsx'
import { TextField } from './field.tsx'
import { useAct } from './use-act.ts'

/** All that can be changed of one patient. */
export function PatientPage({ id }: { id: string }) {
  const patient = useWard((state) => state.patients.get(id))
  const loaded = useWard((state) => state.loaded)
  if (!patient) return <p class="none">{loaded ? `There is no patient ${id}.` : 'Loading…'}</p>
  return (
    <section aria-label={patient.name}>
      <h2>
        {patient.name}{' '}
        <a class="quiet" href={toPatient(id)}>
          waves and trends
        </a>
      </h2>
      <Stay patient={patient} />
      <PatientForm patient={patient} />
      <h3>Wears</h3>
      <p>
        {patient.devices.length === 0 && 'Nothing. '}
        {patient.devices.map((device) => (
          <a key={device.id} class="chip" href={toAdmin('devices', device.id)}>
            {device.id}
          </a>
        ))}
        <a href={toAdmin('scan')}>Scan a device</a>
      </p>
      <h3>Alarm limits</h3>
      <LimitsEditor patient={patient} />
    </section>
  )
}

/** Monitored, on standby, discharged: and back. */
function Stay({ patient }: { patient: PatientState }) {
  const station = useStation()
  const { act, problem, busy } = useAct()
  const [asking, setAsking] = useState(false)
  const [minutes, setMinutes] = useState('30')
  const { state, until } = patient.monitoring
  const set = (next: 'on' | 'standby' | 'discharged') =>
    act(async () => {
      const end = next === 'standby' && minutes !== '' ? { until: station.serverNow() + Number(minutes) * 60_000 } : {}
      const body = { state: next, ...end }
      await station.api.call('PUT /patients/{id}/monitoring', { path: { id: patient.id }, body })
      setAsking(false)
    })
  const word =
    state === 'on'
      ? 'Monitored: alarms ring.'
      : state === 'standby'
        ? `On standby${until === undefined ? '' : ` until ${new Date(until).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}`}: no alarms ring.`
        : 'Discharged: not on the ward, no alarms ring.'
  return (
    <div class="stay" role="group" aria-label="Stay">
      <p>{word}</p>
      {state !== 'on' && (
        <button type="button" class="primary" disabled={busy} onClick={() => void set('on')}>
          {state === 'standby' ? 'End standby' : 'Admit again'}
        </button>
      )}
      {state === 'on' && (
        <>
          <TextField label="Standby, minutes" type="number" min={1} max={1440} value={minutes} onText={setMinutes} />
          <button type="button" disabled={busy} onClick={() => void set('standby')}>
            Standby
          </button>
        </>
      )}
      {state !== 'discharged' && !asking && (
        <button type="button" onClick={() => setAsking(true)}>
          Discharge…
        </button>
      )}
      {asking && (
        <span class="confirm" role="group" aria-label="Discharge?">
          {patient.name} leaves the ward; no alarm rings any more
          {patient.devices.length > 0 && `, though ${patient.devices.map(({ id }) => id).join(', ')} is still worn`}.
          <button type="button" class="primary" disabled={busy} onClick={() => void set('discharged')}>
            Discharge {patient.name}
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            No
          </button>
        </span>
      )}
      <Problem text={problem} />
    </div>
  )
}
