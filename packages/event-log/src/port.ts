import type { LogPosition, LogTopic } from '@pulsewire/contracts'

/** A record to append. Records with the same key go to the same partition; `null` as value is a tombstone (compacted topics). */
export interface LogRecord {
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array | null
}

/** A record in the log. `timestamp` = time of the append, ms; it never decreases within a partition. */
export interface StoredRecord extends LogRecord {
  readonly topic: LogTopic
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
}

/** The ends of a partition: the oldest offset still kept, and the one that the next record will get. */
export interface PartitionEnds {
  readonly topic: LogTopic
  readonly partition: number
  readonly earliest: number
  readonly next: number
}

export interface ConsumeOptions {
  readonly topics: readonly LogTopic[]
  /** Members of one group share the partitions: each partition has one owner at a time, the same for all `topics`. */
  readonly group: string
  /** Called with records of one partition, in order, one call at a time a partition. Its positions are committed after it resolves. */
  readonly handler: (batch: RecordBatch) => Promise<void>
  /** Partitions that this member now owns, before their first batch. May answer where to start, else the committed position, else the earliest. */
  readonly onAssigned?: (partitions: readonly number[]) => Promise<readonly LogPosition[] | void>
  /** Partitions taken away (or given up at the stop): flush what they have. Nothing of them is handled afterwards. */
  readonly onRevoked?: (partitions: readonly number[]) => Promise<void>
  /** `handler`: commit after each batch (default). `manual`: only by `batch.commit` or `consumer.commit`. */
  readonly commit?: 'handler' | 'manual'
  /** Where a group without a committed position starts. Default `earliest`. */
  readonly from?: 'earliest' | 'latest'
  /** At most so many records a batch. Default 1,000. */
  readonly maxBatchRecords?: number
  /**
   * After a batch, what comes to its partition is gathered for so long, ms, before it is given: for who does better with fewer, larger batches. While
   * the member is behind nothing is waited for. Default 0.
   */
  readonly gatherMs?: () => number
  /** Told of damaged records that were stepped over, and of the handler's errors (the batch is then given again, with back-off). */
  readonly onError?: (error: Error) => void
}

export interface RecordBatch {
  readonly topic: LogTopic
  readonly partition: number
  readonly records: readonly StoredRecord[]
  /** The partition's end when the batch was read: `next − last offset − 1` = the lag. */
  readonly next: number
  /** Commits `offset` as the next to be read of this batch's partition. Refused (PW_CONFLICT) once the partition has another owner. */
  commit(offset: number): Promise<void>
}

export interface Consumer {
  /** Partitions owned now. */
  readonly assigned: readonly number[]
  commit(position: LogPosition): Promise<void>
  /** Finishes the batch in hand, commits (mode `handler`), gives the partitions up. */
  stop(): Promise<void>
}

export interface TailOptions {
  readonly topics: readonly LogTopic[]
  /** Where to start, a partition each; default: the end. */
  readonly from?: readonly LogPosition[]
  readonly handler: (batch: Omit<RecordBatch, 'commit'>) => void | Promise<void>
  readonly onError?: (error: Error) => void
}

export interface Tail {
  /** The next offsets to be read, a partition each. */
  readonly positions: readonly LogPosition[]
  stop(): Promise<void>
}

/**
 * The event log: the only shared state of the system. Adapters: `embedded` (LMDB), `kafka`, `memory` (tests).
 * Errors are PulsewireError: PW_LOG_UNAVAILABLE, PW_LOG_FULL, PW_LOG_CLOSED, PW_RECORD_TOO_LARGE.
 */
export interface EventLog {
  /** Resolves when all are durable (survive a kill -9 and a power cut), with their positions in the order given. Batches by itself; never blocks others. */
  append(topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]>
  /** A member of a consumer group: at least once, in order per partition. */
  consume(options: ConsumeOptions): Promise<Consumer>
  /** Everything from a place on, of all partitions, without a group: for views and live screens. */
  tail(options: TailOptions): Promise<Tail>
  /** Reads back `[from, to)` of one partition. A damaged record is reported to `onDamage` and stepped over, never served. */
  read(
    topic: LogTopic,
    partition: number,
    range: { from: number; to?: number; onDamage?: (error: Error, position: LogPosition) => void },
  ): AsyncIterable<StoredRecord[]>
  /** Ends of each partition of a topic. */
  ends(topic: LogTopic): Promise<PartitionEnds[]>
  /** The first offset whose record was appended at `timestamp` or later (= `next` where there is none). */
  offsetAt(topic: LogTopic, partition: number, timestamp: number): Promise<number>
  /** What a group has committed (the next offset to be read), for partitions that it has committed. */
  committed(group: string, topic: LogTopic): Promise<LogPosition[]>
  /** The partition of a key. The same for every partitioned topic. */
  partitionOf(topic: LogTopic, key: string): number
  /** Compaction and retention once. Nothing is removed that a group named in `keepFor` has not committed. */
  maintain(options?: MaintainOptions): Promise<MaintainReport>
  close(): Promise<void>
}

export interface MaintainOptions {
  readonly now?: number
  readonly retentionMs?: number
  readonly retentionBytes?: number
  /** Groups whose unread records are never removed. */
  readonly keepFor?: readonly string[]
}
export interface MaintainReport {
  readonly removed: number
  readonly compacted: number
}
