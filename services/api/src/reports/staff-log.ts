import { decodeJson } from '@pulsewire/codec'
import { registryChange, staffCommand, type Patient, type StaffCommand } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { createRegistryReducer } from '@pulsewire/registry'
import type { TimeRange } from '@pulsewire/vitals-store'

/** What staff asked for of some patients in a range, in order of time: the log keeps it for good. */
export async function commandsIn(
  log: EventLog,
  { from, to }: TimeRange,
  patients: ReadonlySet<string>,
): Promise<StaffCommand[]> {
  const found: StaffCommand[] = []
  for (const { partition, earliest } of await log.ends('staff-commands')) {
    const begin = Math.max(earliest, await log.offsetAt('staff-commands', partition, from))
    for await (const records of log.read('staff-commands', partition, { from: begin })) {
      for (const { key, value } of records) {
        if (value === null || !patients.has(key)) continue
        const command = staffCommand.safeParse(decodeJson(value))
        // A newer version of Pulsewire may have asked for what this one does not know.
        if (command.success && command.data.at >= from && command.data.at < to) found.push(command.data)
      }
    }
  }
  return found.sort((one, other) => one.at - other.at)
}

/** A change of a patient's record that took effect: what it was before (absent: it is new), and what it became. */
export interface PatientChange {
  readonly at: number
  readonly by: string
  readonly before: Patient | undefined
  readonly after: Patient
}

/** How the patients' records came to be what they are, in order. */
export async function patientChanges(log: EventLog, patients: ReadonlySet<string>): Promise<PatientChange[]> {
  const found: PatientChange[] = []
  const registry = createRegistryReducer()
  for (const { partition, earliest } of await log.ends('registry')) {
    for await (const records of log.read('registry', partition, { from: earliest })) {
      for (const { value } of records) {
        const change = value === null ? undefined : registryChange.safeParse(decodeJson(value))
        if (change?.success !== true) continue
        const { entity, at, by } = change.data
        const before = entity.kind === 'patient' ? registry.state.patients.get(entity.id)?.entity : undefined
        if (!registry.apply(change.data) || entity.kind !== 'patient' || !patients.has(entity.id)) continue
        found.push({ at, by, before, after: entity })
      }
    }
  }
  return found
}
