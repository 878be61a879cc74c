import type { Limits } from '@pulsewire/contracts'
import { useState } from 'preact/hooks'
import { limitChanges } from '../../admin/limit-changes.ts'
import type { Answer } from '../../api/client.ts'
import { editLimits, editsTowards, type LimitEdits } from '../../vitals/limit-edits.ts'
import { useStation } from '../hooks.ts'
import { PROFILE_WORDS } from '../patient/limits-editor.tsx'
import { EDITED, LimitsTable } from '../patient/limits-table.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

type Profile = Answer<'GET /limit-profiles'>['profiles'][number]

/** The limits that patients of each profile begin with. */
export function LimitProfiles() {
  const station = useStation()
  const { data, problem, refresh } = useLoaded(() => station.api.call('GET /limit-profiles'))
  const [name, setName] = useState<Profile['name']>('adult')
  const profile = data?.profiles.find((each) => each.name === name)
  return (
    <section aria-label="Limits">
      <p>
        A patient who is put on a profile begins with its limits; from then on they are the patient’s own, and changed
        at the patient.
      </p>
      <Problem text={problem} />
      <div class="tabs" role="group" aria-label="Profile">
        {data?.profiles.map((each) => (
          <button key={each.name} type="button" aria-pressed={each.name === name} onClick={() => setName(each.name)}>
            {PROFILE_WORDS[each.name]}
          </button>
        ))}
      </div>
      {profile && <ProfileForm key={`${profile.name} ${profile.version}`} profile={profile} onDone={refresh} />}
    </section>
  )
}

function ProfileForm({ profile, onDone }: { profile: Profile; onDone: () => Promise<void> }) {
  const station = useStation()
  const { act, problem, busy } = useAct()
  const [edits, setEdits] = useState<LimitEdits>({})
  const [also, setAlso] = useState(false)
  const [asked, setAsked] = useState(false)
  const result = editLimits(profile.limits, edits)
  const changes = result.limits ? limitChanges(profile.limits, result.limits) : []
  const differsFromUsual = limitChanges(profile.limits, profile.usual).length > 0
  const save = async (limits: Limits) => {
    if (!asked) return setAsked(true)
    const body = { limits, alsoPatients: also, version: profile.version }
    const done = await act(() => station.api.call('PUT /limit-profiles/{name}', { path: { name: profile.name }, body }))
    setAsked(false)
    await onDone()
    if (done) setEdits({})
  }
  return (
    <form
      class="limits"
      aria-label="Limits of the profile"
      onSubmit={(event) => {
        event.preventDefault()
        if (result.limits) void save(result.limits)
      }}
    >
      <LimitsTable
        inForce={profile.limits}
        edits={edits}
        onEdits={(next) => {
          setAsked(false)
          setEdits(next)
        }}
      />
      <p class="hint">
        Patients with exactly these limits: {profile.patients.length}. Of this profile with limits of their own:{' '}
        {profile.ownLimits.length}.
      </p>
      {profile.patients.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={also} onChange={(event) => setAlso(event.currentTarget.checked)} />
          Also change those {profile.patients.length} patients
        </label>
      )}
      {asked && changes.length > 0 && (
        <div class="confirm" role="alert">
          <ul>
            {changes.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <p>
            {also
              ? `For new patients, and at once for ${profile.patients.length} who are here.`
              : 'For patients who are put on the profile from now on.'}
          </p>
        </div>
      )}
      <Problem text={result.problem ?? problem} />
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy || changes.length === 0}>
          {asked ? 'Yes, change the limits' : 'Change the limits'}
        </button>
        {Object.keys(edits).length > 0 && (
          <button
            type="button"
            onClick={() => {
              setEdits({})
              setAsked(false)
            }}
          >
            Leave
          </button>
        )}
        {differsFromUsual && (
          <button type="button" onClick={() => setEdits(editsTowards(profile.usual, profile.limits, EDITED))}>
            Fill in those that came with Pulsewire
          </button>
        )}
      </div>
    </form>
  )
}
