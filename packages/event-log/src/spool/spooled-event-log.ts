import { join } from 'node:path'
import { PulsewireError, errorCodeOf, type LogTopic } from '@pulsewire/contracts'
import { openEmbeddedQueue } from '../embedded/embedded-queue.ts'
import type { EventLog, StoredRecord } from '../port.ts'
import { createPrimaryLink } from './primary-link.ts'
import { openRegistryMirror } from './registry-mirror.ts'
import { openSpooledAppends, SPOOLED_TOPICS } from './spooled-appends.ts'

export interface SpooledEventLogOptions {
  /** Opens the log behind the spool: again and again until it is there. */
  readonly open: () => Promise<EventLog>
  /** For this process alone. */
  readonly directory: string
  /** How much the spool takes: then appends are refused (PW_LOG_FULL). The files are up to a third larger. */
  readonly maxBytes: number
  readonly onError?: (error: Error) => void
  readonly onSpooling?: (spooling: boolean, reason: Error | undefined) => void
  /** The registry is read from the local copy alone (false), or brought up to date with each question (true). */
  readonly onRegistryReachable?: (reachable: boolean, reason: Error | undefined) => void
  readonly limits?: Partial<SpoolLimits>
}

export interface SpoolLimits {
  /** How long the start waits for the log before it goes on without. */
  readonly openWithinMs: number
  /** How long the log may take for an append before the spool takes it. */
  readonly appendWithinMs: number
  /** How long the log may take to tell the registry's head before the local copy has to do. */
  readonly headWithinMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

export const DEFAULT_SPOOL_LIMITS: SpoolLimits = {
  openWithinMs: 3_000,
  appendWithinMs: 5_000,
  headWithinMs: 2_000,
  retryMinMs: 250,
  retryMaxMs: 5_000,
}

/** What a spool holds. */
export interface SpoolStatus {
  /** Appends go into the spool at present. */
  readonly spooling: boolean
  /** Records that are durable here and not yet in the log. */
  readonly waiting: number
  /** Those of them that are messages of devices: what the ledger calls `spooled`. */
  readonly waitingUplink: number
  /** When the oldest of them was taken, ms. */
  readonly oldestAt: number | undefined
  readonly bytes: number
  readonly maxBytes: number
  /** Whether the registry is up to date, and when it last was, ms. */
  readonly registryReachable: boolean
  readonly registryAsOf: number | undefined
}

/**
 * An event log with a spool before it, for a broker alone at the edge. What is appended to `telemetry`, `quarantine` and
 * `device-commands` is durable when the promise resolves: in the log, or on this machine's disk, from where it goes into the log in the
 * order of acceptance, at least once. **What is in the spool has no position yet: `append` then answers none.** Readers of `registry` read
 * a copy on this disk. Everything else is the log's, and waits for it.
 */
export interface SpooledEventLog extends EventLog {
  readonly spool: SpoolStatus
}

/** Opens the spool, and the log behind it where it can be reached. PW_CONFIG_INVALID where another process has the directory. */
export async function openSpooledEventLog(options: SpooledEventLogOptions): Promise<SpooledEventLog> {
  const { directory, onError = ignore, onSpooling = ignore, onRegistryReachable = ignore } = options
  const limits = { ...DEFAULT_SPOOL_LIMITS, ...options.limits }
  const { retryMinMs, retryMaxMs } = limits
  const queue = await openEmbeddedQueue({ directory: join(directory, 'queue'), maxBytes: options.maxBytes })
  const link = createPrimaryLink({ open: options.open, retryMinMs, retryMaxMs, onError })
  try {
    await link.log(limits.openWithinMs)
  } catch (error) {
    if (errorCodeOf(error) === 'PW_CONFIG_INVALID') {
      await Promise.all([link.close(), queue.close()])
      throw error
    }
  }
  const registry = await openRegistryMirror({
    directory: join(directory, 'registry'),
    link,
    headWithinMs: limits.headWithinMs,
    probeMs: retryMinMs * 4,
    onError,
    onReachable: onRegistryReachable,
  })
  const { appendWithinMs } = limits
  const appends = await openSpooledAppends({ link, queue, appendWithinMs, retryMinMs, retryMaxMs, onError, onSpooling })
  const primary = (): Promise<EventLog> => link.log(appendWithinMs)
  let closing: Promise<void> | undefined

  const isRegistry = (topics: readonly LogTopic[]): boolean => {
    const [first] = topics
    if (topics.length > 1 && topics.includes('registry')) {
      throw new PulsewireError('PW_INTERNAL', 'before a spool, the registry is read apart from other topics')
    }
    return first === 'registry'
  }

  const look = (): SpoolStatus => ({
    spooling: appends.spooling,
    waiting: appends.waiting,
    waitingUplink: appends.waitingUplink,
    oldestAt: appends.oldestAt,
    bytes: queue.bytes,
    maxBytes: options.maxBytes,
    registryReachable: registry.reachable,
    registryAsOf: registry.asOf,
  })
  /** As it was left: closed files are not looked at. */
  let last: SpoolStatus | undefined

  return {
    get spool() {
      return last ?? look()
    },
    append: async (topic, records) =>
      isSpooled(topic) ? appends.append(topic, records) : (await primary()).append(topic, records),
    ends: async (topic) => (topic === 'registry' ? registry.ends() : (await primary()).ends(topic)),
    tail: async (wanted) => (isRegistry(wanted.topics) ? registry.tail(wanted) : (await primary()).tail(wanted)),
    consume: async (wanted) => {
      isRegistry(wanted.topics)
      return (await primary()).consume(wanted)
    },
    read: (topic, partition, range) =>
      topic === 'registry' ? registry.read(topic, partition, range) : readWhenOpen(primary, topic, partition, range),
    offsetAt: async (topic, partition, timestamp) => (await primary()).offsetAt(topic, partition, timestamp),
    committed: async (group, topic) => (await primary()).committed(group, topic),
    partitionOf: (topic, key) => {
      if (link.opened === undefined) throw new PulsewireError('PW_LOG_UNAVAILABLE')
      return link.opened.partitionOf(topic, key)
    },
    maintain: async (wanted) => (await primary()).maintain(wanted),
    close: () => {
      last ??= look()
      closing ??= (async () => {
        await appends.close()
        await registry.close()
        await queue.close()
        await link.close()
      })()
      return closing
    },
  }
}

function isSpooled(topic: LogTopic): boolean {
  const spooled: readonly LogTopic[] = SPOOLED_TOPICS
  return spooled.includes(topic)
}

async function* readWhenOpen(
  primary: () => Promise<EventLog>,
  ...args: Parameters<EventLog['read']>
): AsyncGenerator<StoredRecord[]> {
  yield* (await primary()).read(...args)
}

function ignore(): void {
  // Who gave no listener does not want to know.
}
