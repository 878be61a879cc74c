import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { byBed } from '../ward/grid.ts'
import { toPatient, toWard, useStation, useWard } from '../hooks.ts'
import { CredentialOnce, type Credential } from './credential-once.tsx'
import { RegisterForm } from './devices.tsx'
import { Choice } from './field.tsx'
import { LiveCheck } from './live-check.tsx'
import { PasswordForm } from './own-password.tsx'
import { AdmitForm } from './patients.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

/** From nothing to the first live device, a step after the other. What is done already is ticked. */
export function FirstSteps() {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const { data: session, refresh: askSession } = useLoaded(() => station.api.call('GET /session'))
  const [admitted, setAdmitted] = useState<string>()
  const [credential, setCredential] = useState<Credential>()
  const [later, setLater] = useState(false)
  const [written, setWritten] = useState(false)
  const [heard, setHeard] = useState(false)
  const { act, problem } = useAct()
  const known = [...patients.values()].sort(byBed)
  const patient = admitted ?? known[0]?.id
  const temporary = session?.temporaryPassword === true && !later
  const register = (made: Credential) => {
    setCredential(made)
    setWritten(false)
    if (patient === undefined) return
    // The first device is for the first patient: one choice less.
    void act(() => station.api.call('PUT /devices/{id}/patient', { path: { id: made.username }, body: { patient } }))
  }
  return (
    <section class="first" aria-label="First steps">
      <ol class="path">
        <Step title="A password of your own" done={session !== undefined && !temporary} open={temporary}>
          <p>You signed in with a password that was printed in the terminal, or given by somebody else.</p>
          <PasswordForm onDone={() => void askSession()} />
          <button type="button" class="small" onClick={() => setLater(true)}>
            Later
          </button>
        </Step>
        <Step
          title="A patient"
          done={patient !== undefined}
          open={session !== undefined && !temporary && patient === undefined}
          says={patient === undefined ? '' : (patients.get(patient)?.name ?? '')}
        >
          <AdmitForm onDone={setAdmitted} />
        </Step>
        <Step
          title="A device"
          done={credential !== undefined}
          open={!temporary && patient !== undefined && credential === undefined}
          says={credential?.username ?? ''}
        >
          {known.length > 1 && (
            <Choice
              label="Worn by"
              value={patient ?? ''}
              options={known.map(
                ({ id, name, place }) => [id, place === undefined ? name : `${place}, ${name}`] as const,
              )}
              onText={setAdmitted}
            />
          )}
          <RegisterForm onDone={register} />
        </Step>
        <Step title="It sends" done={heard} open={credential !== undefined}>
          {credential && !written && <CredentialOnce credential={credential} onClose={() => setWritten(true)} />}
          {credential && <LiveCheck device={credential.username} onHeard={() => setHeard(true)} />}
        </Step>
        <Step title="The ward" done={false} open={heard}>
          <p class="buttons">
            <a class="button primary" href={toWard}>
              To the ward
            </a>
            {patient !== undefined && <a href={toPatient(patient)}>To the patient</a>}
          </p>
        </Step>
      </ol>
      <Problem text={problem} />
    </section>
  )
}

function Step({
  title,
  done,
  open,
  says = '',
  children,
}: {
  title: string
  done: boolean
  open: boolean
  says?: string
  children: ComponentChildren
}) {
  return (
    <li class={done ? 'is-done' : open ? 'is-open' : ''}>
      <h2>
        <span aria-hidden="true">{done ? '✓' : '○'}</span> {title}
        {done && <span class="visually-hidden"> (done)</span>}
        {says !== '' && <span class="says">{says}</span>}
      </h2>
      {open && children}
    </li>
  )
}
