import type { PatientAlarms } from '@pulsewire/alarms'
import { PulsewireError } from '@pulsewire/contracts'
import type { EventLog, LogRecord } from '@pulsewire/event-log'

/** A snapshot in `alarm-state`, key = patient: the state, and from where the events after it are surely all read again. */
export interface AlarmSnapshot {
  readonly version: 1
  readonly alarmsFrom: number
  readonly state: PatientAlarms
  /** Offset of the takeover that its writer began with, and when that was appended, ms (log time). */
  readonly epoch?: number
  readonly epochAt?: number
}

/** Clocks of two Kafka brokers may differ by so much. */
const SKEW_MS = 10_000

export interface LoadedSnapshots {
  readonly states: readonly PatientAlarms[]
  /** Reading `alarms` from here on misses nothing that is not in a state. */
  readonly from: number
  /** The newest takeover before `from` that is known. */
  readonly epoch: number
  /** Patients whose snapshot must be written anew, before another one moves `from` past what it lacks. */
  readonly doubtful: ReadonlySet<string>
}

/**
 * The newest snapshot of each patient of a partition. One that was written by somebody who had lost the partition by then (paused
 * between its events and its snapshot) may have replaced a newer one: then events are read from where that one stands.
 */
export async function loadSnapshots(
  log: EventLog,
  partition: number,
  onError: (error: Error) => void,
): Promise<LoadedSnapshots> {
  const newest = new Map<string, { readonly snapshot: AlarmSnapshot; readonly writtenAt: number }>()
  for await (const records of log.read('alarm-state', partition, { from: 0, onDamage: onError })) {
    for (const record of records) {
      const snapshot = parse(record, (json) => json as AlarmSnapshot, onError)
      // Written by this module alone; a form that is not known is rebuilt from the events.
      if (snapshot?.version === 1) newest.set(record.key, { snapshot, writtenAt: record.timestamp })
    }
  }
  const kept = [...newest.values()]
  const takeovers = kept.flatMap(({ snapshot: { epoch, epochAt } }) =>
    epoch === undefined || epochAt === undefined ? [] : [{ epoch, epochAt }],
  )
  const doubtful = kept.filter(({ snapshot: { epoch = -1 }, writtenAt }) =>
    takeovers.some((takeover) => takeover.epoch > epoch && takeover.epochAt < writtenAt + SKEW_MS),
  )
  const newestFrom = Math.max(0, ...kept.map(({ snapshot }) => snapshot.alarmsFrom))
  const from = Math.min(newestFrom, ...doubtful.map(({ snapshot }) => snapshot.alarmsFrom))
  return {
    states: kept.map(({ snapshot }) => snapshot.state),
    from,
    epoch: Math.max(-1, ...takeovers.map(({ epoch }) => epoch).filter((epoch) => epoch <= from)),
    doubtful: new Set(doubtful.map(({ snapshot }) => snapshot.state.patient)),
  }
}

export function snapshotRecord(snapshot: AlarmSnapshot): LogRecord {
  return { key: snapshot.state.patient, headers: {}, value: Buffer.from(JSON.stringify(snapshot)) }
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
