import { evolve, noAlarms, type PatientAlarms } from '@pulsewire/alarms'
import { alarmEvent, type AlarmEvent } from '@pulsewire/contracts'
import { takeOverStates, type EventLog, type FencedStates } from '@pulsewire/event-log'

/** The alarm states of the patients of one partition. */
export type PatientStates = FencedStates<PatientAlarms, AlarmEvent>

/** Takes a partition of `alarms` over and loads its states. */
export function loadPatientStates(
  log: EventLog,
  partition: number,
  onError: (error: Error) => void,
): Promise<PatientStates> {
  return takeOverStates({
    log,
    partition,
    topics: { events: 'alarms', snapshots: 'alarm-state' },
    empty: noAlarms,
    evolve,
    parseEvent: (json) => alarmEvent.parse(json),
    headersOf: ({ event }) => ({ event }),
    onError,
  })
}
