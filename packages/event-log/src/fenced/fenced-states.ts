import {
  EPOCH_HEADER,
  PulsewireError,
  TAKEOVER_HEADER,
  createAlarmFence,
  takeoverKey,
  type LogTopic,
} from '@pulsewire/contracts'
import type { EventLog } from '../port.ts'
import { parseRecord } from './parse-record.ts'
import { loadSnapshots, type OfPatient, type StateSnapshot } from './snapshots.ts'

/** The states of the patients of one partition, event-sourced: its one writer's. */
export interface FencedStates<S extends OfPatient, E> {
  get(patient: string): S
  all(): Iterable<S>
  /**
   * Makes `events` durable, in order, then takes over the states after them, and keeps snapshots. Nothing is taken over where it fails;
   * PW_CONFLICT where somebody else writes to the partition: then the states must be loaded again.
   */
  commit(events: readonly E[], states: readonly S[]): Promise<void>
}

export interface FencedStatesOptions<S extends OfPatient, E extends OfPatient> {
  readonly log: EventLog
  readonly partition: number
  /** Where the events are, and the snapshots. Both have the patient as key. */
  readonly topics: { readonly events: LogTopic; readonly snapshots: LogTopic }
  readonly empty: (patient: string) => S
  /** The state after an event; the very same state where it has no effect. */
  readonly evolve: (state: S, event: E) => S
  /** Throws where it is none. */
  readonly parseEvent: (json: unknown) => E
  /** Headers of an event's record. */
  readonly headersOf: (event: E) => Readonly<Record<string, string>>
  readonly onError: (error: Error) => void
}

/**
 * Takes a partition over and loads its states: the snapshots, then the events after them. From its takeover on, what an earlier writer
 * may still append is ignored by every reader.
 */
export async function takeOverStates<S extends OfPatient, E extends OfPatient>(
  options: FencedStatesOptions<S, E>,
): Promise<FencedStates<S, E>> {
  const { log, partition, topics, empty, evolve, parseEvent, headersOf, onError } = options
  const [taken] = await log.append(topics.events, [
    { key: takeoverKey(log, partition), headers: { [TAKEOVER_HEADER]: '1' }, value: null },
  ])
  if (taken?.partition !== partition) throw new PulsewireError('PW_INTERNAL', 'the takeover went elsewhere')
  const epoch = taken.offset
  let epochAt = 0

  // Written by this module alone.
  const written = log.read(topics.snapshots, partition, { from: 0, onDamage: onError })
  const snapshots = await loadSnapshots(written, (record) =>
    parseRecord(record, (json) => json as StateSnapshot<S>, onError),
  )
  const states = new Map(snapshots.states.map((state) => [state.patient, state]))
  const get = (patient: string): S => states.get(patient) ?? empty(patient)
  /** Patients with events that no snapshot has: its append failed, or a kill came before it. */
  const behind = new Set(snapshots.doubtful)
  const fence = createAlarmFence()
  fence.seed(partition, snapshots.epoch)
  const after = log.read(topics.events, partition, { from: snapshots.from, to: epoch + 1, onDamage: onError })
  for await (const records of after) {
    for (const record of records) {
      if (record.offset === epoch) epochAt = record.timestamp
      if (!fence.admits(record)) continue
      const event = parseRecord(record, parseEvent, onError)
      if (event === undefined) continue
      const before = get(event.patient)
      const evolved = evolve(before, event)
      if (evolved === before) continue
      states.set(event.patient, evolved)
      behind.add(event.patient)
    }
  }
  const save = async (saved: readonly S[], alarmsFrom: number): Promise<void> => {
    await log.append(
      topics.snapshots,
      saved.map((state) => {
        const snapshot: StateSnapshot<S> = { version: 1, alarmsFrom, epoch, epochAt, state }
        return { key: state.patient, headers: {}, value: Buffer.from(JSON.stringify(snapshot)) }
      }),
    )
  }
  // Before any other snapshot moves the place from which events are read again past theirs.
  await save([...behind].map(get), epoch)
  let next = epoch + 1
  return {
    get,
    all: () => states.values(),
    commit: async (events, changed) => {
      if (events.length === 0) return
      const positions = await log.append(
        topics.events,
        events.map((event) => ({
          key: event.patient,
          headers: { ...headersOf(event), [EPOCH_HEADER]: String(epoch) },
          value: Buffer.from(JSON.stringify(event)),
        })),
      )
      // This is the only writer, so they follow each other. Else another one took the partition over, and these may not count.
      if (positions.some(({ offset }, index) => offset !== next + index)) {
        throw new PulsewireError('PW_CONFLICT', `somebody else writes to ${topics.events}/${partition}`)
      }
      const alarmsFrom = next
      next += positions.length
      for (const state of changed) states.set(state.patient, state)
      await save(changed, alarmsFrom)
    },
  }
}
