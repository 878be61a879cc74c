import type { Limits } from '@pulsewire/contracts'
import { DEFAULT_LIMITS } from '@pulsewire/contracts/default-limits'
import { NUMERIC_VITALS, type NumericVitalCode } from '@pulsewire/contracts/vitals'
import { useState } from 'preact/hooks'
import { messageOf } from '../api.ts'
import { type LimitEdits, editLimits } from '../vitals/limit-edits.ts'
import type { PatientState } from '../live/state.ts'
import { useMayTreat, useStation } from './hooks.ts'

const EDITED: readonly NumericVitalCode[] = [
  'heartRate',
  'spo2',
  'respirationRate',
  'systolic',
  'diastolic',
  'temperature',
  'glucose',
]
const UNITS: Record<string, string> = { 'mm[Hg]': 'mmHg', Cel: '°C' }

/** The limits in force for a patient: the ward's own where nobody has set others. */
export function limitsOf(patient: PatientState): Limits {
  return { ...DEFAULT_LIMITS, ...patient.limits }
}

/** Limits, edited in place with the old value beside. */
export function LimitsEditor({ patient }: { patient: PatientState }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [edits, setEdits] = useState<LimitEdits>({})
  const [problem, setProblem] = useState('')
  const [saved, setSaved] = useState('')
  const inForce = limitsOf(patient)
  const result = editLimits(inForce, edits)

  const save = async (limits: Limits) => {
    try {
      await station.api.setLimits(patient.id, limits, patient.version)
      await station.reload()
      setEdits({})
      setProblem('')
      setSaved('Limits are in force')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  const field = (code: NumericVitalCode, side: 'low' | 'high') => {
    const old = inForce[code]?.[side]
    const edited = edits[`${code}.${side}`]
    return (
      <td>
        <input
          inputMode="decimal"
          aria-label={`${NUMERIC_VITALS[code].label}, ${side} limit`}
          disabled={!mayTreat}
          value={edited ?? (old === undefined ? '' : String(old))}
          onInput={(event) => {
            setSaved('')
            setEdits({ ...edits, [`${code}.${side}`]: event.currentTarget.value })
          }}
        />
        {edited !== undefined && edited !== String(old ?? '') && <span class="old-value">was {old ?? 'none'}</span>}
      </td>
    )
  }
  return (
    <form
      class="limits"
      aria-label="Alarm limits"
      onSubmit={(event) => {
        event.preventDefault()
        if (result.limits) void save(result.limits)
      }}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">Low</th>
            <th scope="col">High</th>
          </tr>
        </thead>
        <tbody>
          {EDITED.map((code) => (
            <tr key={code}>
              <th scope="row">
                {NUMERIC_VITALS[code].label}{' '}
                <span class="unit">{UNITS[NUMERIC_VITALS[code].unit] ?? NUMERIC_VITALS[code].unit}</span>
              </th>
              {field(code, 'low')}
              {field(code, 'high')}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="problem" role="alert">
        {result.problem ?? problem}
      </p>
      <p role="status">{saved}</p>
      {mayTreat && (
        <button type="submit" class="primary" disabled={!result.limits || !result.changed}>
          Set limits
        </button>
      )}
    </form>
  )
}
