import type { Patient } from '@pulsewire/contracts'
import type { RegistryView } from '@pulsewire/registry'
import { found } from '../registry-writes.ts'

/** One patient, or all whose place begins with the unit's name. PW_NOT_FOUND for a patient who is not there. */
export function patientsOfUnit(
  { state: { patients } }: Pick<RegistryView, 'state'>,
  { patient, unit }: { patient?: string | undefined; unit?: string | undefined },
): Patient[] {
  if (patient !== undefined) found(patients.get(patient), `patient ${patient}`)
  return [...patients.values()]
    .map(({ entity }) => entity)
    .filter(({ id, place }) => (patient ?? id) === id && (unit === undefined || startsWith(place ?? '', unit)))
}

function startsWith(place: string, unit: string): boolean {
  return place.toLowerCase().startsWith(unit.toLowerCase())
}
