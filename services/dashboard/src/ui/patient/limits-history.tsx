import { NUMERIC_VITALS, isNumericVital } from '@pulsewire/contracts/vitals'
import type { PatientState } from '../../live/state.ts'
import type { LimitChange } from '../../trend/limit-steps.ts'
import { dayAndMinute } from '../../vitals/clock.ts'
import { useStation } from '../hooks.ts'
import { type Past, usePast } from './use-past.ts'

type KnownChange = LimitChange & { readonly profile?: string | undefined }
const NONE: readonly KnownChange[] = []

function useHistory(patient: PatientState): Past<readonly KnownChange[]> {
  const station = useStation()
  // A change of the patient moves the version: the history is asked for again.
  return usePast(`${patient.id} ${patient.version}`, async () => {
    const answer = await station.api.call('GET /patients/{id}/limits/history', { path: { id: patient.id } })
    return answer.changes
  })
}

/** Who changed which limit, newest first; nothing until it is known. */
export function useLimitHistory(patient: PatientState): readonly LimitChange[] {
  return useHistory(patient).value ?? NONE
}

/** A change in words: `HR high 120 → 131, SpO2 low 90 → not watched`. */
export function changeText({ changes }: Pick<LimitChange, 'changes'>): string {
  const value = (limit: number | undefined) => (limit === undefined ? 'not watched' : String(limit))
  return changes
    .map(({ code, side, before, after }) => {
      const name = isNumericVital(code) ? NUMERIC_VITALS[code].label : code
      return `${name} ${side} ${value(before)} → ${value(after)}`
    })
    .join(', ')
}

/** The limits' history under their editor. */
export function LimitsHistory({ patient }: { patient: PatientState }) {
  const { value, problem } = useHistory(patient)
  return (
    <section class="limits-history" aria-label="Changes of the limits">
      <h3>Changes</h3>
      {problem !== '' && <p class="problem">The changes could not be loaded: {problem}</p>}
      {value?.length === 0 && <p class="calm">Nobody has changed these limits.</p>}
      <ol>
        {(value ?? NONE).map((change) => (
          <li key={`${change.at} ${change.by}`}>
            <time>{dayAndMinute(change.at)}</time> <strong>{change.by}</strong>
            {change.profile !== undefined && ` (profile ${change.profile})`}: {changeText(change)}
          </li>
        ))}
      </ol>
    </section>
  )
}
