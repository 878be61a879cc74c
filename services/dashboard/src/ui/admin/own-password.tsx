import { useState } from 'preact/hooks'
import { useStation, useWard } from '../hooks.ts'
import { NotifyPhone } from '../notify-phone.tsx'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'

/** What everybody sets for themselves: another password, and whether this device is notified of alarms. */
export function OwnPassword() {
  const user = useWard((state) => state.user)
  return (
    <section aria-label="Your password">
      <h2>Password of {user}</h2>
      <PasswordForm />
      <h2>Alarms on this device</h2>
      <NotifyPhone />
    </section>
  )
}

export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const station = useStation()
  const { act, problem, say, busy } = useAct()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [done, setDone] = useState(false)
  const change = async () => {
    if (next !== again) return say('The two new passwords differ')
    const body = { currentPassword: current, newPassword: next }
    if (!(await act(() => station.renewing(station.api.call('PUT /session/password', { body }))))) return
    setCurrent('')
    setNext('')
    setAgain('')
    setDone(true)
    onDone?.()
  }
  return (
    <form
      class="narrow"
      aria-label="New password"
      onSubmit={(event) => {
        event.preventDefault()
        void change()
      }}
    >
      <TextField
        label="Present password"
        name="current-password"
        type="password"
        autocomplete="current-password"
        required
        value={current}
        onText={setCurrent}
      />
      <TextField
        label="New password, at least 8 characters"
        name="new-password"
        type="password"
        autocomplete="new-password"
        minLength={8}
        required
        value={next}
        onText={setNext}
      />
      <TextField
        label="New password once more"
        name="new-password-again"
        type="password"
        autocomplete="new-password"
        required
        value={again}
        onText={setAgain}
      />
      <Problem text={problem} />
      <p role="status">{done ? 'Changed. Everywhere else you are signed out.' : ''}</p>
      <button type="submit" class="primary" disabled={busy}>
        Change password
      </button>
    </form>
  )
}
