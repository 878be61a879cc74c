import { evolve, loadSnapshots, noAlarms, type AlarmSnapshot, type PatientAlarms } from '@pulsewire/alarms'
import {
  EPOCH_HEADER,
  PulsewireError,
  TAKEOVER_HEADER,
  alarmEvent,
  createAlarmFence,
  takeoverKey,
  type AlarmEvent,
} from '@pulsewire/contracts'
import type { EventLog, LogRecord } from '@pulsewire/event-log'
import { parse, snapshotRecord } from './snapshots.ts'

/** The alarm states of the patients of one partition. */
export interface PatientStates {
  get(patient: string): PatientAlarms
  all(): Iterable<PatientAlarms>
  /**
   * Makes `events` durable, in order, then takes over the states after them, and keeps snapshots. Nothing is taken over where it fails;
   * PW_CONFLICT where somebody else writes to the partition: then the states must be loaded again.
   */
  commit(events: readonly AlarmEvent[], states: readonly PatientAlarms[]): Promise<void>
}

/**
 * Takes a partition over and loads its states: the snapshots, then the events after them. From its takeover on, what an earlier writer
 * may still append is ignored by every reader.
 */
export async function loadPatientStates(
  log: EventLog,
  partition: number,
  onError: (error: Error) => void,
): Promise<PatientStates> {
  const [taken] = await log.append('alarms', [
    { key: takeoverKey(log, partition), headers: { [TAKEOVER_HEADER]: '1' }, value: null },
  ])
  if (taken?.partition !== partition) throw new PulsewireError('PW_INTERNAL', 'the takeover went elsewhere')
  const epoch = taken.offset
  let epochAt = 0

  // Written by this module alone.
  const snapshots = await loadSnapshots(log.read('alarm-state', partition, { from: 0, onDamage: onError }), (record) =>
    parse(record, (json) => json as AlarmSnapshot, onError),
  )
  const states = new Map(snapshots.states.map((state) => [state.patient, state]))
  const get = (patient: string): PatientAlarms => states.get(patient) ?? noAlarms(patient)
  /** Patients with events that no snapshot has: its append failed, or a kill came before it. */
  const behind = new Set(snapshots.doubtful)
  const fence = createAlarmFence()
  fence.seed(partition, snapshots.epoch)
  for await (const records of log.read('alarms', partition, {
    from: snapshots.from,
    to: epoch + 1,
    onDamage: onError,
  })) {
    for (const record of records) {
      if (record.offset === epoch) epochAt = record.timestamp
      if (!fence.admits(record)) continue
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
      saved.map((state) => snapshotRecord({ version: 1, alarmsFrom, epoch, epochAt, state })),
    )
  }
  // Before any other snapshot moves the place from which events are read again past theirs.
  await save([...behind].map(get), epoch)
  let next = epoch + 1
  return {
    get,
    all: () => states.values(),
    commit: async (events, after) => {
      if (events.length === 0) return
      const positions = await log.append(
        'alarms',
        events.map((event) => eventRecord(event, epoch)),
      )
      // This is the only writer, so they follow each other. Else another one took the partition over, and these may not count.
      if (positions.some(({ offset }, index) => offset !== next + index)) {
        throw new PulsewireError('PW_CONFLICT', `somebody else writes to alarms/${partition}`)
      }
      const alarmsFrom = next
      next += positions.length
      for (const state of after) states.set(state.patient, state)
      await save(after, alarmsFrom)
    },
  }
}

function eventRecord(event: AlarmEvent, epoch: number): LogRecord {
  const headers = { event: event.event, [EPOCH_HEADER]: String(epoch) }
  return { key: event.patient, headers, value: Buffer.from(JSON.stringify(event)) }
}
