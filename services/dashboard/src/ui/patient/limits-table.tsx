import type { Limits } from '@pulsewire/contracts'
import { NUMERIC_VITALS, type NumericVitalCode } from '@pulsewire/contracts/vitals'
import type { LimitEdits } from '../../vitals/limit-edits.ts'

/** The vitals whose limits can be edited. */
export const EDITED: readonly NumericVitalCode[] = [
  'heartRate',
  'spo2',
  'respirationRate',
  'systolic',
  'diastolic',
  'temperature',
  'glucose',
]
const UNITS: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: '°C' }
const SIDES = ['low', 'high'] as const

interface LimitsTableProps {
  readonly inForce: Limits
  readonly edits: LimitEdits
  readonly disabled?: boolean
  readonly onEdits: (edits: LimitEdits) => void
}

/** Limits, edited in place, with the old value beside what was changed. */
export function LimitsTable({ inForce, edits, disabled = false, onEdits }: LimitsTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Limit</th>
          <th scope="col">Low</th>
          <th scope="col">High</th>
        </tr>
      </thead>
      <tbody>
        {EDITED.map((code) => {
          const { label, unit } = NUMERIC_VITALS[code]
          return (
            <tr key={code}>
              <th scope="row">
                {label} <span class="unit">{UNITS[unit] ?? unit}</span>
              </th>
              {SIDES.map((side) => {
                const key = `${code}.${side}`
                const old = inForce[code]?.[side]
                const edited = edits[key]
                return (
                  <td key={side}>
                    <input
                      inputMode="decimal"
                      aria-label={`${label}, ${side} limit`}
                      disabled={disabled}
                      value={edited ?? (old === undefined ? '' : String(old))}
                      onInput={(event) => onEdits({ ...edits, [key]: event.currentTarget.value })}
                    />
                    {edited !== undefined && edited !== String(old ?? '') && (
                      <span class="old-value">was {old ?? 'none'}</span>
                    )}
                  </td>
                )
              })}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
