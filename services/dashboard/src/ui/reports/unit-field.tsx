import { useMemo } from 'preact/hooks'
import { unitsOf } from '../../reports/query.ts'
import { useWard } from '../hooks.ts'

/** The unit whose beds a report is about; none: all of them. Any beginning of a place will do. */
export function UnitField({ unit, change }: { unit: string | undefined; change: (unit: string) => void }) {
  const patients = useWard((state) => state.patients)
  const units = useMemo(() => unitsOf([...patients.values()].map(({ place }) => place)), [patients])
  return (
    <label class="unit-field">
      Unit
      <input
        list="report-units"
        placeholder="all beds"
        value={unit ?? ''}
        onChange={(event) => change(event.currentTarget.value.trim())}
      />
      <datalist id="report-units">
        {units.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  )
}
