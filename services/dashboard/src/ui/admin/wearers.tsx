import { useState } from 'preact/hooks'
import { instantText, localInput } from '../../admin/instants.ts'
import { byBed } from '../ward/grid.ts'
import { toAdmin, useStation, useWard } from '../hooks.ts'
import type { DeviceDetail } from './device-page.tsx'
import { Choice, TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'

/** Who wears a device, who wore it from when to when, and a form that changes it now or puts the past right. */
export function Wearers({ device, onDone }: { device: DeviceDetail; onDone: () => Promise<void> }) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const { act, problem, say, busy } = useAct()
  const [patient, setPatient] = useState<string>()
  const [from, setFrom] = useState('')
  const name = (id: string | null) => (id === null ? 'nobody' : (patients.get(id)?.name ?? id))
  const options = [
    ['', 'nobody'] as const,
    ...[...patients.values()]
      .filter(({ id, monitoring }) => monitoring.state !== 'discharged' || id === device.patient)
      .sort(byBed)
      .map(({ id, name, place }) => [id, place === undefined ? name : `${place}, ${name}`] as const),
  ]
  const chosen = patient ?? device.patient ?? ''
  const wear = async () => {
    const at = from === '' ? undefined : new Date(from).getTime()
    if (at !== undefined && !Number.isFinite(at))
      return say('From when? Give a date and a time, or leave it empty for now.')
    const body = { patient: chosen === '' ? null : chosen, ...(at === undefined ? {} : { from: at }) }
    if (!(await act(() => station.api.call('PUT /devices/{id}/patient', { path: { id: device.id }, body })))) return
    setPatient(undefined)
    setFrom('')
    await onDone()
  }
  const spans = device.history.map((span, index) => ({ ...span, until: device.history[index + 1]?.from }))
  return (
    <>
      <h3>Worn by</h3>
      <form
        class="row-form"
        aria-label="Who wears it"
        onSubmit={(event) => {
          event.preventDefault()
          void wear()
        }}
      >
        <Choice label={`Who wears ${device.id}`} value={chosen} options={options} onText={setPatient} />
        <TextField
          label="From (empty: now)"
          name="from"
          type="datetime-local"
          max={localInput(station.serverNow())}
          value={from}
          onText={setFrom}
        />
        <button type="submit" class="primary" disabled={busy || (from === '' && chosen === (device.patient ?? ''))}>
          Set
        </button>
        <a href={toAdmin('scan')}>or scan</a>
      </form>
      <p class="hint">
        A time in the past corrects the history until the next entry. Data that is recorded already stays with whom it
        was recorded for.
      </p>
      <Problem text={problem} />
      {spans.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">From</th>
              <th scope="col">Until</th>
            </tr>
          </thead>
          <tbody>
            {spans.toReversed().map((span) => (
              <tr key={span.from}>
                <td>{name(span.patient)}</td>
                <td>{instantText(span.from)}</td>
                <td>{span.until === undefined ? 'now' : instantText(span.until)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
