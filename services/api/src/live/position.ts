import type { LogPosition, LogTopic } from '@pulsewire/contracts'

/** The topics that a live socket is fed from, in the order in which a token names them. */
export const LIVE_TOPICS = ['telemetry', 'findings', 'alarms', 'staff-commands'] as const satisfies readonly LogTopic[]
export type LiveTopic = (typeof LIVE_TOPICS)[number]

const VERSION = '1'

/** Where a reader stands: the next offset of each partition of each live topic. */
export interface LiveVector {
  next(topic: LiveTopic, partition: number): number
  advance(topic: LiveTopic, partition: number, next: number): void
  positions(): LogPosition[]
  /**
   * As a token. Grammar: `1_` offsets `_` offsets `_` offsets `_` offsets [`_` topic `-` partition `-` messages]; offsets: base 36, joined by `-`.
   * The last part says that so many messages of that partition's next record have been sent already: a record may say several things.
   */
  token(within?: Within): string
  copy(): LiveVector
}

export interface Within {
  readonly topic: LiveTopic
  readonly partition: number
  readonly messages: number
}

export function createLiveVector(offsets: readonly (readonly number[])[]): LiveVector {
  const numbers = LIVE_TOPICS.map((_, index) => [...(offsets[index] ?? [])])
  // Written down when a token is asked for: most records are told to nobody.
  const texts: (string | undefined)[][] = numbers.map((row) => row.map(() => undefined))
  const rowOf = (topic: LiveTopic): number => LIVE_TOPICS.indexOf(topic)
  const textOf = (index: number, offset: number, partition: number): string => {
    const row = texts[index]
    const text = row?.[partition] ?? offset.toString(36)
    if (row !== undefined) row[partition] = text
    return text
  }
  return {
    next: (topic, partition) => numbers[rowOf(topic)]?.[partition] ?? 0,
    advance: (topic, partition, next) => {
      const [row, text] = [numbers[rowOf(topic)], texts[rowOf(topic)]]
      if (row === undefined || text === undefined) return
      row[partition] = next
      text[partition] = undefined
    },
    positions: () =>
      LIVE_TOPICS.flatMap((topic, index) =>
        (numbers[index] ?? []).map((offset, partition) => ({ topic, partition, offset })),
      ),
    token: (within) => {
      const rows = numbers
        .map((row, index) => row.map((offset, partition) => textOf(index, offset, partition)).join('-'))
        .join('_')
      if (within === undefined) return `${VERSION}_${rows}`
      return `${VERSION}_${rows}_${rowOf(within.topic)}-${within.partition}-${within.messages}`
    },
    copy: () => createLiveVector(numbers),
  }
}

/** How many records lie between two places. */
export function recordsBetween(from: LiveVector, to: LiveVector): number {
  const start = from.positions()
  return to.positions().reduce((sum, { offset }, index) => sum + Math.max(0, offset - (start[index]?.offset ?? 0)), 0)
}

/** Reads a token back. `undefined` where it is not one, or one of a log with another number of partitions. */
export function parseToken(token: string, partitionCount: number): { vector: LiveVector; within?: Within } | undefined {
  const [version, ...parts] = token.split('_')
  if (version !== VERSION || parts.length < LIVE_TOPICS.length || parts.length > LIVE_TOPICS.length + 1)
    return undefined
  const rows = parts.slice(0, LIVE_TOPICS.length).map((part) => part.split('-').map(parseOffset))
  if (rows.some((row) => row.length !== partitionCount || row.some(Number.isNaN))) return undefined
  const vector = createLiveVector(rows)
  const last = parts[LIVE_TOPICS.length]
  if (last === undefined) return { vector }
  const match = /^(\d)-(\d{1,6})-(\d{1,6})$/.exec(last)
  const topic = LIVE_TOPICS[Number(match?.[1])]
  if (match === null || topic === undefined) return undefined
  return { vector, within: { topic, partition: Number(match[2]), messages: Number(match[3]) } }
}

function parseOffset(text: string): number {
  const offset = /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN
  return Number.isSafeInteger(offset) ? offset : Number.NaN
}
