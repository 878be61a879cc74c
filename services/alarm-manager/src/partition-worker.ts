import { decide, isTickDue, type AlarmInput, type EscalationPolicy, type PatientAlarms } from '@pulsewire/alarms'
import { SYSTEM_PATIENT, finding, heartbeatRecord, staffCommand, type AlarmEvent } from '@pulsewire/contracts'
import { parseRecord, type EventLog, type RecordBatch, type StoredRecord } from '@pulsewire/event-log'
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

/** Loads the partition's states and takes its inputs from then on. */
export async function createPartitionWorker(options: PartitionWorkerOptions): Promise<PartitionWorker> {
  const { log, partition, now, onError, assertOwned, policyOf } = options
  const load = async (): Promise<{ states: PatientStates; watch: DetectorWatch | undefined }> => {
    const loaded = await loadPatientStates(log, partition, onError)
    return { states: loaded, watch: await watchOf(log, partition, now(), loaded.get(SYSTEM_PATIENT)) }
  }
  let { states, watch } = await load()
  /** After a failed append nobody knows what the log holds: the states are read from there again before anything else is decided. */
  let isStale = false
  let last: Promise<unknown> = Promise.resolve()

  /** Inputs of a partition are handled one after the other, whoever brings them. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      if (isStale) {
        // Before it shuts out whoever owns the partition now.
        await assertOwned()
        ;({ states, watch } = await load())
      }
      isStale = true
      const result = await work()
      isStale = false
      return result
    })
    last = turn.catch(() => undefined)
    return turn
  }
  const apply = async (inputs: readonly { patient: string; input: AlarmInput }[]): Promise<number> => {
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
  const inputOf = (record: StoredRecord): { patient: string; input: AlarmInput } | undefined => {
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
      inTurn(async () => {
        const inputs = records.map(inputOf).filter((each): each is NonNullable<typeof each> => each !== undefined)
        const written = await apply(inputs)
        const last = records.at(-1)
        if (last !== undefined) await commit(last.offset + 1)
        return written
      }),
    tick: () =>
      inTurn(async () => {
        const at = now()
        const inputs: { patient: string; input: AlarmInput }[] = []
        const system = watch?.check(at)
        if (system !== undefined) {
          inputs.push({ patient: SYSTEM_PATIENT, input: { kind: 'finding', at, finding: system } })
        }
        for (const state of states.all()) {
          if (isTickDue(state, at, policyOf(state.patient)))
            inputs.push({ patient: state.patient, input: { kind: 'tick', at } })
        }
        return apply(inputs)
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
