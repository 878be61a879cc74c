import { useState } from 'preact/hooks'
import type { Answer } from '../../api/client.ts'
import { ageText } from '../../vitals/age.ts'
import { toAdmin, useIsAdmin, useNow, useStation } from '../hooks.ts'
import { CredentialOnce, type Credential } from './credential-once.tsx'
import { DeviceTrouble } from './device-trouble.tsx'
import { deviceState } from './devices.tsx'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'
import { Wearers } from './wearers.tsx'

export type DeviceDetail = Answer<'GET /devices/{id}'>

/** One device: what it is, who wore it, what went wrong with it, and what can be changed of it. */
export function DevicePage({ id }: { id: string }) {
  const station = useStation()
  const admin = useIsAdmin()
  const now = useNow()
  const path = { id }
  const { data: device, problem, refresh } = useLoaded(() => station.api.call('GET /devices/{id}', { path }), [id])
  if (!device) return problem === '' ? <p class="none">Loading…</p> : <Problem text={problem} />
  const { status } = device
  const facts: [string, string][] = [
    ['State', deviceState(device)],
    ['Last heard', device.lastSeenAt === undefined ? 'never' : `${ageText(now - device.lastSeenAt)} ago`],
    ['Battery', status?.battery === undefined ? 'not said' : `${status.battery} %`],
    ['Firmware', status?.firmware ?? 'not said'],
    ['Model', device.model ?? status?.model ?? 'not said'],
    ['Registered', new Date(device.createdAt).toLocaleDateString()],
  ]
  return (
    <section aria-label={id}>
      <h2>
        {id}{' '}
        <a class="quiet" href={toAdmin('devices')}>
          all devices
        </a>
      </h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Wearers device={device} onDone={refresh} />
      <DeviceTrouble id={id} />
      {admin && <DeviceChanges device={device} onDone={refresh} />}
    </section>
  )
}

function DeviceChanges({ device, onDone }: { device: DeviceDetail; onDone: () => Promise<void> }) {
  const station = useStation()
  const { act, problem, busy } = useAct()
  const [model, setModel] = useState<string>()
  const [asking, setAsking] = useState<'credential' | 'disable'>()
  const [credential, setCredential] = useState<Credential>()
  const path = { id: device.id }
  const change = async (body: { model?: string | null; disabled?: boolean }) => {
    const done = await act(() =>
      station.api.call('PATCH /devices/{id}', { path, body: { ...body, version: device.version } }),
    )
    // Where somebody else was faster, what is typed stays, over what it is now.
    await onDone()
    if (!done) return
    setModel(undefined)
    setAsking(undefined)
  }
  const renew = async () => {
    const done = await act(async () => {
      setCredential((await station.api.call('POST /devices/{id}/credential', { path })).credential)
    })
    if (done) setAsking(undefined)
  }
  return (
    <>
      <h3>Change</h3>
      <form
        class="row-form"
        aria-label="Device"
        onSubmit={(event) => {
          event.preventDefault()
          void change({ model: model?.trim() || null })
        }}
      >
        <TextField label="Model" name="model" value={model ?? device.model ?? ''} onText={setModel} />
        <button type="submit" disabled={model === undefined || busy}>
          Save
        </button>
        {device.disabled ? (
          <button type="button" disabled={busy} onClick={() => void change({ disabled: false })}>
            Enable
          </button>
        ) : (
          <button type="button" onClick={() => setAsking('disable')}>
            Disable…
          </button>
        )}
        <button type="button" onClick={() => setAsking('credential')}>
          New password…
        </button>
      </form>
      {asking === 'disable' && (
        <p class="confirm">
          {device.id} is disconnected, and what it sends is no longer taken.
          <button type="button" class="primary" disabled={busy} onClick={() => void change({ disabled: true })}>
            Disable {device.id}
          </button>
          <button type="button" onClick={() => setAsking(undefined)}>
            No
          </button>
        </p>
      )}
      {asking === 'credential' && (
        <p class="confirm">
          {device.id} is disconnected until it has the new password: its present one is no longer good.
          <button type="button" class="primary" disabled={busy} onClick={() => void renew()}>
            Make a new password
          </button>
          <button type="button" onClick={() => setAsking(undefined)}>
            No
          </button>
        </p>
      )}
      <Problem text={problem} />
      {credential && <CredentialOnce credential={credential} onClose={() => setCredential(undefined)} />}
    </>
  )
}
