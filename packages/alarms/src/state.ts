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
  /** Findings whose alarm is over, or has been taken over by the next episode: said again, they have no effect. */
  readonly ended: Readonly<Record<string, EndedFinding>>
  /** Ids of the staff commands that had an effect, with the time. */
  readonly causes: Readonly<Record<string, number>>
  readonly monitoring: Monitoring
}

/** When it was over for its alarm, and how far its data had been seen then. Snapshots of an earlier version have the time alone. */
export type EndedFinding = number | readonly [at: number, seenUntil: number]

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
  const counted = { ...state, version: event.version, causes }
  if (event.monitoring !== undefined) return { ...counted, monitoring: event.monitoring }
  const { alarm } = event
  if (alarm === undefined) return counted
  // A verdict changes nothing else: what is held stays held, what has ended stays so.
  if (event.event === 'judged') {
    return {
      ...counted,
      alarms: replaced(state.alarms, alarm),
      suppressed: replaced(state.suppressed, alarm),
    }
  }
  const before = state.alarms[alarm.id]
  // The next episode has it from now on: the one before is over for good.
  const next =
    before === undefined || findingOf(before) === findingOf(alarm)
      ? counted
      : { ...counted, ended: remember(counted.ended, before, event.at) }
  const alarms = without(state.alarms, alarm.id)
  const suppressed = without(state.suppressed, alarm.id)
  if (event.event === 'suppressed') {
    return { ...next, alarms, suppressed: { ...suppressed, [alarm.id]: alarm } }
  }
  if (alarm.state !== 'ended') return { ...next, alarms: { ...alarms, [alarm.id]: alarm }, suppressed }
  return { ...next, alarms, suppressed, ended: remember(next.ended, alarm, event.at) }
}

function replaced(alarms: Readonly<Record<string, Alarm>>, alarm: Alarm): Readonly<Record<string, Alarm>> {
  return alarms[alarm.id] === undefined ? alarms : { ...alarms, [alarm.id]: alarm }
}

function without<T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> {
  const { [id]: _gone, ...rest } = record
  return rest
}

/** The finding that keeps an alarm up. */
export function findingOf(alarm: Pick<Alarm, 'id' | 'finding'>): string {
  return alarm.finding ?? alarm.id
}

function remember(ended: PatientAlarms['ended'], alarm: Alarm, at: number): PatientAlarms['ended'] {
  const over: EndedFinding = [at, alarm.seenUntil ?? at]
  return { ...recent(ended, at), [alarm.id]: over, [findingOf(alarm)]: over }
}

/** What was remembered lately, the newest of it. */
function recent<T extends EndedFinding>(times: Readonly<Record<string, T>>, at: number): Record<string, T> {
  const timeOf = (known: EndedFinding): number => (typeof known === 'number' ? known : known[0])
  const kept = Object.entries(times).filter(([, known]) => at - timeOf(known) < REMEMBER_MS)
  return Object.fromEntries(kept.slice(-REMEMBER_MOST))
}
