/** What a state is of; its events have the same key in the log. */
export interface OfPatient {
  readonly patient: string
}

/**
 * A snapshot in `alarm-state` or `delivery-state`, key = patient: the state, and from where the events after it are surely all read again
 * (`alarmsFrom`, after the first topic that had snapshots).
 */
export interface StateSnapshot<S extends OfPatient> {
  readonly version: 1
  readonly alarmsFrom: number
  readonly state: S
  /** Offset of the takeover that its writer began with, and when that was appended, ms (log time). */
  readonly epoch?: number
  readonly epochAt?: number
}

/** Clocks of two brokers of a log may differ by so much. */
const SKEW_MS = 10_000

/** The snapshots of one partition. */
export interface LoadedSnapshots<S extends OfPatient> {
  readonly states: readonly S[]
  /** Reading the events from here on misses nothing that is not in a state. */
  readonly from: number
  /** The newest takeover before `from` that is known. */
  readonly epoch: number
  /** Patients whose snapshot must be written anew, before another one moves `from` past what it lacks. */
  readonly doubtful: ReadonlySet<string>
}

/**
 * The newest snapshot of each patient. One that was written by somebody who had lost the partition by then (paused between its events and
 * its snapshot) may have replaced a newer one: then events are read from where that one stands.
 * @param records all of the partition, in order; `timestamp` = when it was appended, ms
 * @param read its snapshot; `undefined` where it has none that can be read
 */
export async function loadSnapshots<
  S extends OfPatient,
  R extends { readonly key: string; readonly timestamp: number },
>(
  records: AsyncIterable<readonly R[]>,
  read: (record: R) => StateSnapshot<S> | undefined,
): Promise<LoadedSnapshots<S>> {
  const newest = new Map<string, { readonly snapshot: StateSnapshot<S>; readonly writtenAt: number }>()
  for await (const batch of records) {
    for (const record of batch) {
      const snapshot = read(record)
      // A form that is not known is rebuilt from the events.
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
