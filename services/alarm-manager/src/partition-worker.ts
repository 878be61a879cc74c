import { decide, isTickDue, type AlarmInput, type EscalationPolicy, type PatientAlarms } from '@pulsewire/alarms'
import { SYSTEM_PATIENT, finding, heartbeatRecord, staffCommand, type AlarmEvent } from '@pulsewire/contracts'
import { createTurns, parseRecord, type EventLog, type RecordBatch, type StoredRecord } from '@pulsewire/event-log'
import { DETECTOR_RULE, createDetectorWatch, type DetectorWatch } from './detector-watch.ts'
import { loadPatientStates, type PatientStates } from './patient-states.ts'

/**
 * The alarms of one partition: one writer, one input at a time. Where a call fails, it may be made again: nothing is decided twice. Once the
 * partition has another owner, calls reject (PW_CONFLICT) and write nothing.
 */
export interface PartitionWorker {
  /** Decides what the records lead to, writes it, and commits them. Answers how many events came of it. */
  handle(batch: Pick<RecordBatch, 'records' | 'commit'>): Promise<number>
  /** Lets time pass: escalation, pauses that end, detectors that fell silent. Answers how many events came of it. */
  tick(): Promise<number>
}

export interface PartitionWorkerOptions {
  readonly log: EventLog
  readonly partition: number
  readonly now: () => number
  readonly onError: (error: Error) => void
  /** Who is called for a patient's alarms, as the registry has it now. */
  readonly policyOf: (patient: string) => EscalationPolicy
  /** Throws PW_CONFLICT where the partition has another owner. */
  readonly assertOwned: () => Promise<void>
}

/** What is held of the partition. */
interface Held {
  readonly states: PatientStates
  readonly watch: DetectorWatch | undefined
}

/** Loads the partition's states and takes its inputs from then on. */
export async function createPartitionWorker(options: PartitionWorkerOptions): Promise<PartitionWorker> {
  const { log, partition, now, onError, assertOwned, policyOf } = options
  const load = async (): Promise<Held> => {
    const loaded = await loadPatientStates(log, partition, onError)
    return { states: loaded, watch: await watchOf(log, partition, now(), loaded.get(SYSTEM_PATIENT)) }
  }
  const turns = await createTurns(load, assertOwned)
  const apply = async (
    { states }: Held,
    inputs: readonly { patient: string; input: AlarmInput }[],
  ): Promise<number> => {
    const changed = new Map<string, PatientAlarms>()
    const events: AlarmEvent[] = []
    for (const { patient, input } of inputs) {
      const decided = decide(changed.get(patient) ?? states.get(patient), input, policyOf(patient))
      if (decided.events.length === 0) continue
      events.push(...decided.events)
      changed.set(patient, decided.state)
    }
    if (events.length > 0) await assertOwned()
    await states.commit(events, [...changed.values()])
    return events.length
  }
  const inputOf = ({ watch }: Held, record: StoredRecord): { patient: string; input: AlarmInput } | undefined => {
    if (record.topic === 'staff-commands') {
      const command = parseRecord(record, (json) => staffCommand.parse(json), onError)
      return command && { patient: command.patient, input: { kind: 'staff', at: now(), command } }
    }
    if (record.headers['kind'] === 'heartbeat') {
      const heartbeat = parseRecord(record, (json) => heartbeatRecord.parse(json), onError)
      // The log's time never goes back; the clock may.
      if (heartbeat !== undefined) watch?.heard(heartbeat, Math.min(record.timestamp, now()))
    }
    if (record.headers['kind'] !== 'finding') return undefined
    const found = parseRecord(record, (json) => finding.parse(json), onError)
    return found && { patient: found.patient, input: { kind: 'finding', at: now(), finding: found } }
  }

  return {
    handle: ({ records, commit }) =>
      turns.inTurn(async (held) => {
        const inputs = records
          .map((record) => inputOf(held, record))
          .filter((each): each is NonNullable<typeof each> => each !== undefined)
        const written = await apply(held, inputs)
        const last = records.at(-1)
        if (last !== undefined) await commit(last.offset + 1)
        return written
      }),
    tick: () =>
      turns.inTurn(async (held) => {
        const at = now()
        const inputs: { patient: string; input: AlarmInput }[] = []
        const system = held.watch?.check(at)
        if (system !== undefined) {
          inputs.push({ patient: SYSTEM_PATIENT, input: { kind: 'finding', at, finding: system } })
        }
        for (const state of held.states.all()) {
          if (isTickDue(state, at, policyOf(state.patient)))
            inputs.push({ patient: state.patient, input: { kind: 'tick', at } })
        }
        return apply(held, inputs)
      }),
  }
}

/** The watch over the detectors, where this is the partition that hears them. */
async function watchOf(
  log: EventLog,
  partition: number,
  startedAt: number,
  system: PatientAlarms,
): Promise<DetectorWatch | undefined> {
  if (log.partitionOf('findings', SYSTEM_PATIENT) !== partition) return undefined
  // Others speak of the system too: a proof that did not come says nothing of the detectors.
  const open = Object.values(system.alarms).find(
    ({ rule, conditionEndedAt }) => rule.name === DETECTOR_RULE.name && conditionEndedAt === undefined,
  )
  const partitions = (await log.ends('telemetry')).length
  return createDetectorWatch(partitions, startedAt, open?.onset)
}
