import { PulsewireError, type LogTopic } from '@pulsewire/contracts'
import { isRetained, logErrorOf, type Environment, type Head, type PartitionKey } from './environment.ts'
import { encodeGroup, type Frame } from './group-codec.ts'

/** A group's value is split above so much: large runs of pages are hard to find again in a fragmented file. */
const MAX_GROUP_BYTES = 256 * 1024
/** What topics outside of retention (alarms, registry, …) may use beyond `maxBytes`, so that an alarm is still written when telemetry has filled the log. */
const RESERVE = 0.1
const MAX_ATTEMPTS = 1_000

export interface WriterOptions {
  readonly directory: string
  readonly maxBytes: number
  /** Bytes of records in the log. */
  readonly usedBytes: () => number
  readonly now: () => number
  /** Called after a commit. */
  readonly onCommitted: (topic: LogTopic, bytes: number, tick: string) => void
  /** Different for each commit of each process. */
  readonly tick: () => string
}

const EMPTY_HEAD: Head = { next: 0, timestamp: 0, bytes: 0 }

interface Packed {
  readonly baseOffset: number
  readonly value: Buffer
}

function pack(frames: readonly Frame[], first: number, timestamp: number): Packed[] {
  const groups: Packed[] = []
  let collected: { offset: number; frame: Frame }[] = []
  let bytes = 0
  const close = (): void => {
    const baseOffset = collected[0]?.offset
    if (baseOffset === undefined) return
    groups.push({ baseOffset, value: encodeGroup(collected, { baseOffset, span: collected.length, timestamp }) })
    collected = []
    bytes = 0
  }
  frames.forEach((frame, index) => {
    if (bytes + frame.length > MAX_GROUP_BYTES) close()
    collected.push({ offset: first + index, frame })
    bytes += frame.length
  })
  close()
  return groups
}

/**
 * Appends to partitions. Offsets are given inside the write transaction: the groups are put on the condition that the partition's head is still
 * the one they were packed for, else (another process appended) they are packed anew. So no process holds LMDB's write lock while its JavaScript is busy.
 */
export function createPartitionWriter(
  env: Environment,
  options: WriterOptions,
): (topic: LogTopic, partition: number, frames: readonly Frame[]) => Promise<number[]> {
  const known = new Map<string, { head: Head; version: number }>()

  const attempt = async (
    topic: LogTopic,
    partition: number,
    frames: readonly Frame[],
    id: string,
  ): Promise<number[] | undefined> => {
    const key: PartitionKey = [topic, partition]
    const entry = known.get(id) ?? readHead(env, key)
    const { head, version } = entry
    const timestamp = Math.max(Math.floor(options.now()), head.timestamp)
    const groups = pack(frames, head.next, timestamp)
    let bytes = 0
    for (const { value } of groups) bytes += value.length
    const limit = isRetained(topic) ? options.maxBytes : options.maxBytes * (1 + RESERVE)
    if (options.usedBytes() + bytes > limit) {
      throw new PulsewireError('PW_LOG_FULL', `The log is at its limit of ${options.maxBytes} bytes`)
    }
    const after: Head = { next: head.next + frames.length, timestamp, bytes: head.bytes + bytes }
    const tick = options.tick()
    const write = (): void => {
      for (const { baseOffset, value } of groups) void env.log.put([topic, partition, baseOffset], value)
      void env.heads.put(key, after, version + 1)
      void env.clock.put(topic, tick)
    }
    const done = await (version === 0 ? env.heads.ifNoExists(key, write) : env.heads.ifVersion(key, version, write))
    if (!done) {
      known.delete(id)
      return undefined
    }
    known.set(id, { head: after, version: version + 1 })
    options.onCommitted(topic, bytes, tick)
    return frames.map((_, index) => head.next + index)
  }

  return async (topic, partition, frames) => {
    const id = `${topic}/${partition}`
    try {
      for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
        const offsets = await attempt(topic, partition, frames, id)
        if (offsets !== undefined) return offsets
      }
    } catch (thrown) {
      known.delete(id)
      throw await logErrorOf(thrown, options.directory)
    }
    throw new PulsewireError('PW_LOG_UNAVAILABLE', `Others kept appending to ${id}`)
  }
}

function readHead(env: Environment, key: PartitionKey): { head: Head; version: number } {
  env.root.resetReadTxn()
  const entry = env.heads.getEntry(key)
  return entry === undefined ? { head: EMPTY_HEAD, version: 0 } : { head: entry.value, version: entry.version ?? 0 }
}
