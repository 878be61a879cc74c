import {
  alarmEvent,
  createAlarmFence,
  deliveryEvent,
  receiptRecord,
  type Delivery,
  type DeliveryEvent,
  type Notice,
} from '@pulsewire/contracts'
import {
  decide,
  dueDeliveries,
  evolve,
  noDeliveries,
  testNotice,
  type DeliveryInput,
  type DeliveryPolicy,
  type Outcome,
  type PatientDeliveries,
} from '@pulsewire/delivery'
import {
  createTurns,
  parseRecord,
  takeOverStates,
  type EventLog,
  type FencedStates,
  type RecordBatch,
  type StoredRecord,
} from '@pulsewire/event-log'
import { createEarlyReceipts } from './early-receipts.ts'

/** A message to be sent now. */
export interface Due {
  readonly delivery: Delivery
  readonly notice: Notice
}

/**
 * The deliveries of one partition: one writer, one input at a time. Where a call fails it may be made again: nothing is decided twice. Once the
 * partition has another owner, calls reject (PW_CONFLICT) and write nothing.
 */
export interface PartitionWorker {
  /** Decides what the records lead to, writes it, and commits them. Answers how many events came of it. */
  handle(batch: Pick<RecordBatch, 'records' | 'commit'>): Promise<number>
  /** Lets time pass. Answers how many events came of it. */
  tick(): Promise<number>
  /** What came of an attempt, made durable. */
  settle(patient: string, delivery: string, outcome: Outcome): Promise<number>
  /**
   * Gives what may be sent now to `begin`, while nothing else changes: what is under way and what is recorded cannot change places between the look
   * and the start. Only of a partition that is surely its own.
   */
  offer(begin: (due: Due) => void): Promise<void>
}

export interface PartitionWorkerOptions {
  readonly log: EventLog
  readonly partition: number
  readonly now: () => number
  readonly onError: (error: Error) => void
  /** Whom there is to tell of a patient's alarms, as the registry has it now. */
  readonly policyOf: (patient: string) => DeliveryPolicy
  /** Throws PW_CONFLICT where the partition has another owner. */
  readonly assertOwned: () => Promise<void>
}

interface Input {
  readonly patient: string
  readonly input: DeliveryInput
}

type States = FencedStates<PatientDeliveries, DeliveryEvent>

/** Takes the partition over and loads its states. */
export async function createPartitionWorker(options: PartitionWorkerOptions): Promise<PartitionWorker> {
  const { log, partition, now, onError, policyOf, assertOwned } = options
  const load = (): Promise<States> =>
    takeOverStates({
      log,
      partition,
      topics: { events: 'deliveries', snapshots: 'delivery-state' },
      empty: noDeliveries,
      evolve,
      parseEvent: (json) => deliveryEvent.parse(json),
      headersOf: ({ event }) => ({ event }),
      onError,
    })
  const turns = await createTurns(load, assertOwned)
  /** Which events of the alarm manager count. Of a takeover before the place where reading goes on it knows nothing: there the versions decide. */
  const fence = createAlarmFence()
  const early = createEarlyReceipts()

  const apply = async (states: States, inputs: readonly Input[]): Promise<number> => {
    const changed = new Map<string, PatientDeliveries>()
    const events: DeliveryEvent[] = []
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
  const inputsOf = (states: States, record: StoredRecord): Input[] => {
    const at = now()
    if (record.topic === 'receipts') {
      const receipt = parseRecord(record, (json) => receiptRecord.parse(json), onError)
      if (receipt === undefined) return []
      const isEarly = receipt.type === 'screen' && states.get(receipt.patient).calls[receipt.alarm] === undefined
      if (isEarly) early.keep(receipt, at)
      return isEarly ? [] : [{ patient: receipt.patient, input: { kind: 'receipt', at, receipt } }]
    }
    const event = fence.admits(record) ? parseRecord(record, (json) => alarmEvent.parse(json), onError) : undefined
    if (event === undefined) return []
    const { patient, alarm } = event
    const shown = alarm === undefined ? [] : early.take(alarm.id, at)
    return [
      { patient, input: { kind: 'alarm', at, event } },
      ...shown.map((receipt): Input => ({ patient, input: { kind: 'receipt', at, receipt } })),
    ]
  }

  return {
    handle: ({ records, commit }) =>
      turns.inTurn(async (states) => {
        const inputs = records.flatMap((record) => inputsOf(states, record))
        const written = await apply(states, inputs)
        const last = records.at(-1)
        if (last !== undefined) await commit(last.offset + 1)
        return written
      }),
    tick: () =>
      turns.inTurn((states) => {
        const input: DeliveryInput = { kind: 'tick', at: now() }
        return apply(
          states,
          [...states.all()].map(({ patient }) => ({ patient, input })),
        )
      }),
    settle: (patient, delivery, outcome) =>
      turns.inTurn((states) => apply(states, [{ patient, input: { kind: 'outcome', at: now(), delivery, outcome } }])),
    offer: (begin) =>
      turns.inTurn(async (states) => {
        const due = [...states.all()].flatMap((state) =>
          dueDeliveries(state, now()).flatMap((delivery) => {
            const notice = delivery.cause === 'test' ? testNotice(delivery) : state.notices[String(delivery.version)]
            return notice === undefined ? [] : [{ delivery, notice }]
          }),
        )
        if (due.length > 0) await assertOwned()
        due.forEach(begin)
      }),
  }
}
