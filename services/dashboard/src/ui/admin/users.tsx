import { ROLE_WORDS } from '../../admin/sections.ts'
import type { Role } from '@pulsewire/contracts'
import { useState } from 'preact/hooks'
import type { Answer } from '../../api/client.ts'
import { useStation, useWard } from '../hooks.ts'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

type User = Answer<'GET /users'>['users'][number]
const ROLES = Object.keys(ROLE_WORDS) as Role[]

/** Who may sign in, and what each may do. */
export function Users() {
  const station = useStation()
  const { data, problem, refresh } = useLoaded(() => station.api.call('GET /users'))
  const [open, setOpen] = useState<string>()
  return (
    <section aria-label="Users">
      <Problem text={problem} />
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">User</th>
              <th scope="col">May</th>
              <th scope="col">State</th>
              <th scope="col">
                <span class="visually-hidden">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {(data?.users ?? []).map((user) => (
              <tr key={user.name}>
                <td>{user.name}</td>
                <td>{user.roles.map((role) => ROLE_WORDS[role].name).join(', ')}</td>
                <td>{user.disabled ? 'shut out' : 'may sign in'}</td>
                <td>
                  <button
                    type="button"
                    aria-expanded={open === user.name}
                    onClick={() => setOpen(open === user.name ? undefined : user.name)}
                  >
                    Change<span class="visually-hidden"> {user.name}</span>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data?.users
        .filter(({ name }) => name === open)
        .map((user) => (
          <UserForm key={user.name} user={user} onDone={refresh} />
        ))}
      <h2>New user</h2>
      <NewUser onDone={refresh} />
      <h2>What each role may do</h2>
      <dl class="roles">
        {ROLES.map((role) => (
          <div key={role}>
            <dt>{ROLE_WORDS[role].name}</dt>
            <dd>{ROLE_WORDS[role].may}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function RoleChoice({ roles, onRoles }: { roles: readonly Role[]; onRoles: (roles: Role[]) => void }) {
  return (
    <fieldset>
      <legend>Roles</legend>
      {ROLES.map((role) => (
        <label key={role} class="check">
          <input
            type="checkbox"
            name={`role-${role}`}
            checked={roles.includes(role)}
            onChange={(event) =>
              onRoles(event.currentTarget.checked ? [...roles, role] : roles.filter((each) => each !== role))
            }
          />
          {ROLE_WORDS[role].name}
        </label>
      ))}
    </fieldset>
  )
}

function UserForm({ user, onDone }: { user: User; onDone: () => Promise<void> }) {
  const station = useStation()
  const me = useWard((state) => state.user)
  const { act, problem, busy } = useAct()
  const [roles, setRoles] = useState<readonly Role[]>(user.roles)
  const [password, setPassword] = useState('')
  const [asking, setAsking] = useState(false)
  const [said, setSaid] = useState('')
  const change = async (body: { roles?: Role[]; password?: string; disabled?: boolean }, words: string) => {
    const path = { name: user.name }
    if (!(await act(() => station.api.call('PATCH /users/{name}', { path, body: { ...body, version: user.version } }))))
      return
    setSaid(words)
    setPassword('')
    setAsking(false)
    await onDone()
  }
  const rolesChanged = roles.length !== user.roles.length || roles.some((role) => !user.roles.includes(role))
  return (
    <div class="panel" role="group" aria-label={`Change ${user.name}`}>
      <h3>{user.name}</h3>
      <RoleChoice roles={roles} onRoles={setRoles} />
      <button
        type="button"
        class="primary"
        disabled={!rolesChanged || roles.length === 0 || busy}
        onClick={() => void change({ roles: [...roles] }, 'The roles are in force')}
      >
        Set roles
      </button>
      {user.name === me ? (
        <p>Your own password you change under “Your account”.</p>
      ) : (
        <>
          <TextField
            label="New password, at least 8 characters"
            type="password"
            name="reset-password"
            autocomplete="new-password"
            value={password}
            onText={setPassword}
            hint="Ends the user’s sessions. At the next sign-in another one is asked for."
          />
          <button
            type="button"
            disabled={password.length < 8 || busy}
            onClick={() => void change({ password }, 'The new password holds')}
          >
            Set password
          </button>
        </>
      )}
      {user.disabled ? (
        <button type="button" disabled={busy} onClick={() => void change({ disabled: false }, 'May sign in again')}>
          Let in again
        </button>
      ) : asking ? (
        <span class="confirm">
          {user.name} is signed out everywhere and may not sign in.
          <button
            type="button"
            class="primary"
            disabled={busy}
            onClick={() => void change({ disabled: true }, 'Shut out')}
          >
            Shut {user.name} out
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            No
          </button>
        </span>
      ) : (
        <button type="button" onClick={() => setAsking(true)}>
          Shut out…
        </button>
      )}
      <Problem text={problem} />
      <p role="status">{said}</p>
    </div>
  )
}

function NewUser({ onDone }: { onDone: () => Promise<void> }) {
  const station = useStation()
  const { act, problem, busy } = useAct()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [roles, setRoles] = useState<readonly Role[]>(['clinician'])
  const make = async () => {
    const body = { name: name.trim(), password, roles: [...roles] }
    if (!(await act(() => station.api.call('POST /users', { body })))) return
    setName('')
    setPassword('')
    await onDone()
  }
  return (
    <form
      class="row-form"
      aria-label="New user"
      onSubmit={(event) => {
        event.preventDefault()
        void make()
      }}
    >
      <TextField
        label="User name"
        name="user-name"
        required
        pattern="[A-Za-z0-9_\-]{1,64}"
        autocomplete="off"
        value={name}
        onText={setName}
      />
      <TextField
        label="First password"
        name="user-password"
        type="password"
        minLength={8}
        required
        autocomplete="new-password"
        value={password}
        onText={setPassword}
      />
      <RoleChoice roles={roles} onRoles={setRoles} />
      <button type="submit" class="primary" disabled={busy || roles.length === 0}>
        Make user
      </button>
      <Problem text={problem} />
    </form>
  )
}
