import { evolve, noAlarms, type PatientAlarms } from '@pulsewire/alarms'
import { PulsewireError, alarmEvent, type AlarmEvent } from '@pulsewire/contracts'
import type { EventLog, LogRecord } from '@pulsewire/event-log'

/** A snapshot in `alarm-state`, key = patient: the state, and from where the events after it are surely all read again. */
interface AlarmSnapshot {
  readonly version: 1
  readonly alarmsFrom: number
  readonly state: PatientAlarms
}

/** The alarm states of the patients of one partition. */
export interface PatientStates {
  get(patient: string): PatientAlarms
  all(): Iterable<PatientAlarms>
  /** Makes `events` durable, in order, then takes over the states after them, and keeps snapshots. Nothing is taken over where it fails. */
  commit(events: readonly AlarmEvent[], states: readonly PatientAlarms[]): Promise<void>
}

/** Loads the states of a partition: the snapshots, then the events after them. */
export async function loadPatientStates(
  log: EventLog,
  partition: number,
  onError: (error: Error) => void,
): Promise<PatientStates> {
  const states = new Map<string, PatientAlarms>()
  const snapshots = await readSnapshots(log, partition, onError)
  let from = 0
  for (const { state, alarmsFrom } of snapshots) {
    states.set(state.patient, state)
    from = Math.max(from, alarmsFrom)
  }
  /** Patients with events that no snapshot has: its append failed, or a kill came before it. */
  const behind = new Set<string>()
  const get = (patient: string): PatientAlarms => states.get(patient) ?? noAlarms(patient)
  for await (const records of log.read('alarms', partition, { from, onDamage: onError })) {
    for (const record of records) {
      const event = parse(record, (json) => alarmEvent.parse(json), onError)
      if (event === undefined) continue
      const before = get(event.patient)
      const after = evolve(before, event)
      if (after === before) continue
      states.set(event.patient, after)
      behind.add(event.patient)
    }
  }
  const save = async (saved: readonly PatientAlarms[], alarmsFrom: number): Promise<void> => {
    await log.append(
      'alarm-state',
      saved.map((state) => jsonRecord(state.patient, {}, { version: 1, alarmsFrom, state } satisfies AlarmSnapshot)),
    )
  }
  // Before any other snapshot moves the place from which events are read again past theirs.
  await save([...behind].map(get), from)
  return {
    get,
    all: () => states.values(),
    commit: async (events, after) => {
      if (events.length === 0) return
      const positions = await log.append('alarms', events.map(eventRecord))
      for (const state of after) states.set(state.patient, state)
      const alarmsFrom = Math.min(...positions.map(({ offset }) => offset))
      await save(after, alarmsFrom)
    },
  }
}

function eventRecord(event: AlarmEvent): LogRecord {
  return jsonRecord(event.patient, { event: event.event }, event)
}

function jsonRecord(key: string, headers: Record<string, string>, value: unknown): LogRecord {
  return { key, headers, value: Buffer.from(JSON.stringify(value)) }
}

async function readSnapshots(
  log: EventLog,
  partition: number,
  onError: (error: Error) => void,
): Promise<Iterable<AlarmSnapshot>> {
  const newest = new Map<string, AlarmSnapshot>()
  for await (const records of log.read('alarm-state', partition, { from: 0, onDamage: onError })) {
    for (const record of records) {
      const snapshot = parse(record, (json) => json as AlarmSnapshot, onError)
      // Written by this module alone; a form that is not known is rebuilt from the events.
      if (snapshot?.version === 1) newest.set(record.key, snapshot)
    }
  }
  return newest.values()
}

/** The parsed value of a record, or `undefined` for a tombstone and for what cannot be read (which is told). */
export function parse<T>(
  record: {
    readonly value: Uint8Array | null
    readonly topic: string
    readonly partition: number
    readonly offset: number
  },
  reader: (json: unknown) => T,
  onError: (error: Error) => void,
): T | undefined {
  if (record.value === null) return undefined
  try {
    return reader(JSON.parse(Buffer.from(record.value).toString('utf8')))
  } catch (error) {
    const where = `${record.topic}/${record.partition}/${record.offset}`
    onError(new PulsewireError('PW_LOG_DAMAGED', `${where} cannot be read`, { cause: error }))
    return undefined
  }
}
