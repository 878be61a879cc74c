import type { Limits } from '@pulsewire/contracts'
import {
  DEFAULT_LIMITS,
  LIMIT_PROFILES,
  LIMIT_PROFILE_NAMES,
  type LimitProfile,
} from '@pulsewire/contracts/default-limits'
import { useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { type LimitEdits, editLimits, editsTowards } from '../../vitals/limit-edits.ts'
import type { PatientState } from '../../live/state.ts'
import { useMayTreat, useStation } from '../hooks.ts'
import { LimitsHistory, changeText } from './limits-history.tsx'
import { EDITED, LimitsTable } from './limits-table.tsx'

export const PROFILE_WORDS: Readonly<Record<LimitProfile, string>> = {
  adult: 'Adult',
  copd: 'COPD, SpO2 88 to 92 %',
  child: 'Child, 1 to 11 years',
  infant: 'Infant, under 1 year',
  newborn: 'Newborn, under 28 days',
}

/** The limits in force for a patient: the ward's own where nobody has set others. */
export function limitsOf(patient: PatientState): Limits {
  return { ...DEFAULT_LIMITS, ...patient.limits }
}

/** Limits, edited in place with the old value beside. */
export function LimitsEditor({ patient }: { patient: PatientState }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [edits, setEdits] = useState<LimitEdits>({})
  const [profile, setProfile] = useState<LimitProfile>()
  const [problem, setProblem] = useState('')
  const [saved, setSaved] = useState('')
  const [isAsking, setAsking] = useState(false)
  const inForce = limitsOf(patient)
  const result = editLimits(inForce, edits)

  const save = async (limits: Limits) => {
    try {
      await station.api.call('PATCH /patients/{id}', {
        path: { id: patient.id },
        body: { limits, version: patient.version, ...(profile === undefined ? {} : { limitProfile: profile }) },
      })
      await station.reload()
      setEdits({})
      setProfile(undefined)
      setProblem('')
      setSaved('Limits are in force')
      setAsking(false)
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <form
      class="limits"
      aria-label="Alarm limits"
      onSubmit={(event) => {
        event.preventDefault()
        if (result.limits && isAsking) void save(result.limits)
        else setAsking(true)
      }}
    >
      {mayTreat && (
        <label>
          Begin with the limits of{' '}
          <select
            value={profile ?? ''}
            onChange={({ currentTarget: { value } }) => {
              const chosen = LIMIT_PROFILE_NAMES.find((name) => name === value)
              setSaved('')
              setAsking(false)
              setProfile(chosen)
              setEdits(chosen === undefined ? {} : editsTowards(LIMIT_PROFILES[chosen], inForce, EDITED))
            }}
          >
            <option value="">
              {patient.limitProfile === undefined ? 'choose' : `now: ${PROFILE_WORDS[patient.limitProfile]}`}
            </option>
            {LIMIT_PROFILE_NAMES.map((name) => (
              <option key={name} value={name}>
                {PROFILE_WORDS[name]}
              </option>
            ))}
          </select>
        </label>
      )}
      <LimitsTable
        inForce={inForce}
        edits={edits}
        disabled={!mayTreat}
        onEdits={(next) => {
          setSaved('')
          setAsking(false)
          setEdits(next)
        }}
      />
      <p class="problem" role="alert">
        {result.problem ?? problem}
      </p>
      <p role="status">{saved}</p>
      {mayTreat && !isAsking && (
        <button
          type="submit"
          class="primary"
          disabled={!result.limits || !(result.changed || (profile !== undefined && profile !== patient.limitProfile))}
        >
          Set limits
        </button>
      )}
      {mayTreat && isAsking && result.limits && (
        <div class="confirm" role="group" aria-label="Confirm the limits">
          <p>
            {profile !== undefined && `Profile ${PROFILE_WORDS[profile]}. `}
            {changeText({ changes: changesBetween(inForce, result.limits) })}
          </p>
          <button type="submit" class="primary">
            Confirm
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            Back
          </button>
        </div>
      )}
      <LimitsHistory patient={patient} />
    </form>
  )
}

/** What would be changed, for whoever confirms it. */
function changesBetween(before: Limits, after: Limits) {
  return EDITED.flatMap((code) =>
    (['low', 'high'] as const)
      .map((side) => ({ code, side, before: before[code]?.[side], after: after[code]?.[side] }))
      .filter((change) => change.before !== change.after),
  )
}
