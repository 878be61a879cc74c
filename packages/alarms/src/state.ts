import type { Alarm, AlarmEvent, Monitoring } from '@pulsewire/contracts'
import { REMEMBER_MOST, REMEMBER_MS } from './policy.ts'

/** The alarms of one patient, as the events so far have made them. JSON-safe: it is its own snapshot. */
export interface PatientAlarms {
  readonly patient: string
  /** Events so far. */
  readonly version: number
  /** Alarms that are not ended, by id. */
  readonly alarms: Readonly<Record<string, Alarm>>
  /** Conditions that stand while the patient is not monitored, by id of their alarm. */
  readonly suppressed: Readonly<Record<string, Alarm>>
  /** Ids of findings whose alarm has ended lately, with the time: said again, they have no effect. */
  readonly ended: Readonly<Record<string, number>>
  /** Ids of the staff commands that had an effect, with the time. */
  readonly causes: Readonly<Record<string, number>>
  readonly monitoring: Monitoring
}

/** A patient of whom nothing has been heard. */
export function noAlarms(patient: string): PatientAlarms {
  return { patient, version: 0, alarms: {}, suppressed: {}, ended: {}, causes: {}, monitoring: { state: 'on' } }
}

/**
 * The state after `event`. An event whose version the state has passed has no effect: its writer had lost the patient. One that is further on has:
 * those between were damaged in the log and stepped over, and each event says the whole of its alarm.
 */
export function evolve(state: PatientAlarms, event: AlarmEvent): PatientAlarms {
  if (event.patient !== state.patient || event.version <= state.version) return state
  const causes =
    event.cause === undefined ? state.causes : { ...recent(state.causes, event.at), [event.cause]: event.at }
  const next = { ...state, version: event.version, causes }
  if (event.monitoring !== undefined) return { ...next, monitoring: event.monitoring }
  const { alarm } = event
  if (alarm === undefined) return next
  // A verdict changes nothing else: what is held stays held, what has ended stays so.
  if (event.event === 'judged') {
    return {
      ...next,
      alarms: replaced(state.alarms, alarm),
      suppressed: replaced(state.suppressed, alarm),
    }
  }
  const alarms = without(state.alarms, alarm.id)
  const suppressed = without(state.suppressed, alarm.id)
  if (event.event === 'suppressed') {
    return { ...next, alarms, suppressed: { ...suppressed, [alarm.id]: alarm } }
  }
  if (alarm.state !== 'ended') return { ...next, alarms: { ...alarms, [alarm.id]: alarm }, suppressed }
  return { ...next, alarms, suppressed, ended: remember(state.ended, alarm, event.at) }
}

function replaced(alarms: Readonly<Record<string, Alarm>>, alarm: Alarm): Readonly<Record<string, Alarm>> {
  return alarms[alarm.id] === undefined ? alarms : { ...alarms, [alarm.id]: alarm }
}

function without<T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> {
  const { [id]: _gone, ...rest } = record
  return rest
}

function remember(ended: PatientAlarms['ended'], alarm: Alarm, at: number): Record<string, number> {
  return {
    ...recent(ended, at),
    [alarm.id]: at,
    ...(alarm.finding === undefined ? {} : { [alarm.finding]: at }),
  }
}

function recent(times: Readonly<Record<string, number>>, at: number): Record<string, number> {
  const kept = Object.entries(times).filter(([, time]) => at - time < REMEMBER_MS)
  return Object.fromEntries(kept.slice(-REMEMBER_MOST))
}
