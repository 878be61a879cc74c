import { useState } from 'preact/hooks'
import { messageOf } from '../api/client.ts'
import { setSoundWanted } from '../sound/wanted.ts'
import { useStation } from './hooks.ts'
import { enableAndTest } from './sound.tsx'

/** Sign in; the same gesture switches the sound on and lets it be heard. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const station = useStation()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [sound, setSound] = useState(true)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)

  const submit = async () => {
    setBusy(true)
    setProblem('')
    // First of all, while the browser still counts this as the user's gesture.
    const ringing = sound ? enableAndTest(station.player) : Promise.resolve(false)
    if (!sound) setSoundWanted(false)
    try {
      await station.api.call('POST /session', { body: { user, password } })
      await Promise.race([ringing, new Promise((resolve) => setTimeout(resolve, 1000))])
      onDone()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <h1>
          <Pulse /> Pulsewire
        </h1>
        <label>
          User
          <input
            name="user"
            autocomplete="username"
            required
            value={user}
            onInput={(event) => setUser(event.currentTarget.value)}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={sound} onChange={(event) => setSound(event.currentTarget.checked)} />
          Switch on sound and test it
        </label>
        {!sound && <p class="warning">Without sound this screen will not ring.</p>}
        <p class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  )
}

function Pulse() {
  return (
    <svg class="logo" viewBox="0 0 32 16" aria-hidden="true">
      <path
        d="M1 9h8l2-4 3 9 4-13 3 8h10"
        fill="none"
        stroke="currentColor"
        stroke-width="2.2"
        stroke-linejoin="round"
      />
    </svg>
  )
}
