import type { PatientContext } from '@pulsewire/detection'
import type { RegistryState } from '@pulsewire/registry'

/** What the detector must know of each patient, out of the registry as it stands at `nowMs`: those in it, and those with a device. */
export function patientContexts(registry: RegistryState, nowMs: number): Map<string, PatientContext> {
  const devices = new Map<string, { id: string; since: number }[]>()
  for (const [id, { entity }] of registry.associations) {
    const span = entity.spans.findLast(({ from }) => from <= nowMs)
    if (span?.patient === undefined || span.patient === null) continue
    const worn = devices.get(span.patient) ?? []
    devices.set(span.patient, worn)
    worn.push({ id, since: span.from })
  }
  const contexts = new Map<string, PatientContext>()
  for (const [id, { entity }] of registry.patients) {
    const { limits, spo2Scale, sex, dateOfBirth, pregnant } = entity
    contexts.set(id, {
      ...(limits === undefined ? {} : { limits }),
      ...(spo2Scale === undefined ? {} : { spo2Scale }),
      ...(sex === undefined ? {} : { sex }),
      ...(dateOfBirth === undefined ? {} : { dateOfBirth }),
      ...(pregnant === undefined ? {} : { pregnant }),
      devices: devices.get(id) ?? [],
    })
  }
  return contexts
}

/** A patient of whom the registry knows nothing. */
export const UNKNOWN_PATIENT: PatientContext = { devices: [] }
