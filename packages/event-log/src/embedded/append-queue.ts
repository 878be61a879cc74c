import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { Frame } from './group-codec.ts'

/** A record that waits for its commit. */
export interface PendingRecord {
  readonly topic: LogTopic
  readonly partition: number
  readonly frame: Frame
}

export interface AppendQueueOptions {
  /** At low rates a commit takes what came within so long. The first append after a pause does not wait. */
  readonly windowMs: number
  /** With so much waiting the next commit starts at once. */
  readonly rushBytes: number
  /** Above it, appends wait before they are taken in. */
  readonly maxBytes: number
  /** Makes records of one partition durable; answers the offset of each. */
  readonly commit: (topic: LogTopic, partition: number, frames: readonly Frame[]) => Promise<readonly number[]>
}

/** Collects appends into commit groups. One round of commits at a time; what comes meanwhile makes the next. */
export interface AppendQueue {
  /** `bytes` = size of what `frames` will make. It is called when there is room, in the order of the calls. */
  append(bytes: number, records: () => readonly PendingRecord[]): Promise<LogPosition[]>
  /** Bytes taken in and not durable yet. */
  readonly pendingBytes: number
  /** Resolves when all that was taken in is durable (or failed). */
  close(): Promise<void>
}

interface Call {
  readonly positions: LogPosition[]
  left: number
  bytes: number
  readonly resolve: (positions: LogPosition[]) => void
  readonly reject: (error: unknown) => void
}

interface Entry {
  readonly frame: Frame
  readonly call: Call
  readonly index: number
}

interface Lane {
  readonly topic: LogTopic
  readonly partition: number
  entries: Entry[]
}

export function createAppendQueue(options: AppendQueueOptions): AppendQueue {
  /** By topic and partition (with holes). */
  let lanes = new Map<LogTopic, Lane[]>()
  const waiting: { bytes: number; take: () => void }[] = []
  let pendingBytes = 0
  let collectedBytes = 0
  let lastStart = 0
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> | undefined
  let closed = false

  const settle = (entry: Entry, position: LogPosition | undefined, error: unknown): void => {
    const { call } = entry
    if (position === undefined) call.reject(error)
    else call.positions[entry.index] = position
    call.left--
    if (call.left > 0) return
    pendingBytes -= call.bytes
    call.resolve(call.positions)
  }

  const commitLane = async ({ topic, partition, entries }: Lane): Promise<void> => {
    try {
      const offsets = await options.commit(
        topic,
        partition,
        entries.map((entry) => entry.frame),
      )
      entries.forEach((entry, index) => {
        const offset = offsets[index]
        if (offset === undefined) settle(entry, undefined, new PulsewireError('PW_INTERNAL', 'A record got no offset'))
        else settle(entry, { topic, partition, offset }, undefined)
      })
    } catch (error) {
      for (const entry of entries) settle(entry, undefined, error)
    }
  }

  const takeWaiting = (): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (pendingBytes > 0 && pendingBytes + first.bytes > options.maxBytes) return
      waiting.shift()
      first.take()
    }
  }

  const startRound = (): void => {
    clearTimeout(timer)
    timer = undefined
    lastStart = performance.now()
    const batch = [...lanes.values()].flat()
    lanes = new Map()
    collectedBytes = 0
    round = Promise.all(batch.map(commitLane)).then(() => {
      round = undefined
      takeWaiting()
      schedule()
    })
  }

  const schedule = (): void => {
    if (round !== undefined || lanes.size === 0) return
    const dueMs = lastStart + options.windowMs - performance.now()
    if (closed || collectedBytes >= options.rushBytes) startRound()
    // Also at once after a pause, but at the end of this turn, so that what is appended together is committed together.
    else timer ??= setTimeout(startRound, Math.max(0, dueMs))
  }

  const laneOf = (topic: LogTopic, partition: number): Lane => {
    const ofTopic = lanes.get(topic) ?? []
    lanes.set(topic, ofTopic)
    return (ofTopic[partition] ??= { topic, partition, entries: [] })
  }

  const take = (call: Call, records: readonly PendingRecord[]): void => {
    records.forEach(({ topic, partition, frame }, index) => {
      laneOf(topic, partition).entries.push({ frame, call, index })
      collectedBytes += frame.length
    })
    pendingBytes += call.bytes
    schedule()
  }

  const idle = async (): Promise<void> => {
    if (round === undefined && waiting.length === 0) return
    await round
    await idle()
  }

  return {
    get pendingBytes() {
      return pendingBytes
    },
    append(bytes, records) {
      return new Promise<LogPosition[]>((resolve, reject) => {
        const run = (): void => {
          try {
            const made = records()
            take({ positions: [], left: made.length, bytes, resolve, reject }, made)
          } catch (error) {
            reject(error)
          }
        }
        waiting.push({ bytes, take: run })
        takeWaiting()
      })
    },
    async close() {
      closed = true
      schedule()
      await idle()
    },
  }
}
