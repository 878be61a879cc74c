import type { LogPosition, LogTopic } from '@pulsewire/contracts'
import type { LogRecord, MaintainOptions, MaintainReport, PartitionEnds, StoredRecord } from '../port.ts'

export interface ReadLimits {
  readonly maxRecords: number
  readonly maxBytes: number
  /** Up to here, exclusive. Default: the partition's end. */
  readonly to?: number
}

export interface ReadResult {
  readonly records: StoredRecord[]
  /** Where to read on. Above the last record's offset + 1 where something was stepped over. */
  readonly nextFrom: number
  /** The partition's end. */
  readonly next: number
}

/** At once where the records are on this machine, later where they come from elsewhere. */
export type MaybePromise<T> = T | Promise<T>

export type OnDamage = (error: Error, position: LogPosition) => void

/** A member of a consumer group. */
export interface Membership {
  readonly group: string
  readonly member: string
  readonly topics: readonly LogTopic[]
  /** How many partitions the group's topics have. */
  readonly partitions: number
  /** Told of what goes wrong between the rounds. */
  readonly onError?: (error: Error) => void
}

/** What a member holds after a round: partition → epoch of its lease, and which of them it shall give up to others. */
export interface Ownership {
  readonly owned: ReadonlyMap<number, number>
  readonly excess: readonly number[]
}

/** The leases of consumer groups. A lease's epoch fences its owner: what comes with an older one is refused. */
export interface GroupStorage {
  /** Says that the member is alive, takes free partitions up to its share. Called again and again, at least every `intervalMs`. */
  round(membership: Membership): Promise<Ownership>
  release(membership: Membership, partition: number): Promise<void>
  leave(membership: Membership): Promise<void>
  /** Rejects with PW_CONFLICT where `epoch` is not the partition's lease any more. */
  commit(group: string, partition: number, epoch: number, positions: readonly LogPosition[]): Promise<void>
  committed(group: string, topic: LogTopic, partition: number): MaybePromise<number | undefined>
  /** False while the member may have lost its partitions without knowing it yet: nothing is handled then. Asked before each batch. */
  isCurrent?(membership: Membership): boolean
  /** Told when a group may have changed. */
  watchGroup(group: string, listener: () => void): () => void
  readonly intervalMs: number
}

/** Where a pump reads. */
export interface RecordSource {
  read(
    topic: LogTopic,
    partition: number,
    from: number,
    limits: ReadLimits,
    onDamage: OnDamage,
  ): MaybePromise<ReadResult>
  /** Calls `listener` soon after something was appended to one of the topics, by whatever process; with the topics, where they are known. */
  watch(topics: readonly LogTopic[], listener: (changed?: ReadonlySet<LogTopic>) => void): () => void
}

/** What an adapter has to offer; consumers, tails and reads are built on it. */
export interface LogStorage extends RecordSource {
  readonly groups: GroupStorage
  partitionCount(topic: LogTopic): number
  /** Resolves with the positions when durable. */
  append(topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]>
  ends(topic: LogTopic, partition: number): MaybePromise<PartitionEnds>
  offsetAt(topic: LogTopic, partition: number, timestamp: number): MaybePromise<number>
  /** A source for one pump that reads from `start` on, where it needs one of its own (read-ahead). Default: this storage. */
  openSource?(start: readonly LogPosition[]): RecordSource & { close(): void }
  maintain(options: MaintainOptions): Promise<MaintainReport>
  close(): Promise<void>
}
