import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import type { MessageWrite, QuarantineEntry, StoreWrite, WriteReport } from '../port.ts'
import { parsePosition } from '../shared/position.ts'
import { validateWrite } from '../shared/validate.ts'
import { classify, isNumbered, messageKey, type Classified } from '../shared/accounting.ts'
import type { InfluxClient } from './client.ts'
import { createHashes } from './hashes.ts'
import {
  emptyLedger,
  ledgerLine,
  partitionKey,
  pruneLedger,
  readLedgers,
  readSessions,
  sessionsLines,
  type PartitionLedger,
  type PartitionName,
} from './ledger.ts'
import { identityOf } from './line.ts'
import { watchPauses } from './pause.ts'
import * as points from './points.ts'
import { createSessions, type Sessions } from './sessions.ts'

/** Sessions are kept anew after so many messages of a partition, and not before so many a device that is to be kept. */
const SESSIONS_EVERY = 5_000
const SESSIONS_EVERY_PER_DEVICE = 20
const PRUNE_EVERY = 100_000

export interface WriterOptions {
  /** Told of upkeep that failed; the write that it came after did not. */
  readonly onUpkeepFailed?: (error: unknown) => void
  readonly pauseMs: number
  /** Superfluous lines of the ledger are removed after so many offsets. Default 100,000. */
  readonly pruneEvery?: number
}

export interface Writer {
  write(write: StoreWrite): Promise<WriteReport>
  /** Reads where the partitions stand, and forgets what was known of them. */
  positions(topics: readonly LogTopic[]): Promise<LogPosition[]>
  maintain(): Promise<void>
  /** Waits for the write in hand; later ones are refused. */
  close(): Promise<void>
}

/** What is known here of a partition; as of its last ledger line. */
interface Known {
  ledger: PartitionLedger
  /** Read when a message or an entry of the quarantine comes. */
  sessions?: Sessions
  /** Devices whose sessions changed since they were kept, and how many numbers came since. */
  readonly changed: Set<string>
  numbers: number
  prunedAt: number
}

/** What a write does to a partition. */
interface Step {
  readonly known: Known
  readonly next: PartitionLedger
  readonly news: Sessions
  readonly classified: Classified
  readonly refused: readonly { readonly entry: QuarantineEntry; readonly position: LogPosition }[]
}

/**
 * Writes points first, each with an identity that follows from the log, and then one line a partition that says how far it stands and
 * what was counted. A stop in between repeats the points, and changes nothing.
 */
export function createWriter(client: InfluxClient, options: WriterOptions): Writer {
  const { pruneEvery = PRUNE_EVERY } = options
  const hashes = createHashes(client)
  const pauses = watchPauses(options.pauseMs)
  const partitions = new Map<string, Known>()
  let turn: Promise<unknown> = Promise.resolve()
  let closed = false
  let lastRank = 0

  /** One after the other: what a write counts follows from the write before. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the store is closed')
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  /** The order of what has no offset: that of writing. */
  const nextRank = (): number => (lastRank = Math.max(lastRank + 1, Date.now() * 1000))

  async function knownOf(names: readonly PartitionName[]): Promise<void> {
    if (names.every((name) => partitions.has(partitionKey(name)))) return
    const ledgers = new Map((await readLedgers(client)).map((ledger) => [partitionKey(ledger), ledger]))
    for (const name of names) {
      const key = partitionKey(name)
      const ledger = ledgers.get(key) ?? emptyLedger(name)
      if (!partitions.has(key)) partitions.set(key, { ledger, changed: new Set(), numbers: 0, prunedAt: 0 })
    }
  }

  /** What came since the last summary is in lines that the next one makes superfluous, whoever wrote them. */
  async function sessionsOf({ ledger, changed }: Known): Promise<Sessions> {
    const { sessions, behind } = await readSessions(client, ledger)
    for (const device of behind) changed.add(device)
    return sessions
  }

  async function stepOf(name: PartitionName, write: StoreWrite, refusedAll: Step['refused']): Promise<Step> {
    const key = partitionKey(name)
    const known = partitions.get(key)
    if (known === undefined) throw new PulsewireError('PW_INTERNAL', `nothing is known of ${key}`)
    const { ledger } = known
    const isOurs = ({ position }: { position: LogPosition }) => partitionKey(position) === key
    const isNew = ({ position }: { position: LogPosition }) => isOurs({ position }) && position.offset >= ledger.offset
    const messages = (write.messages ?? []).filter(({ message }) => isNew(message))
    const entries = refusedAll.filter(isNew)
    const news = createSessions()
    let classified: Classified = { fresh: [], duplicates: 0, reused: [] }
    if (messages.length > 0 || entries.length > 0) {
      const sessions = (known.sessions ??= await sessionsOf(known))
      const seen = messages.flatMap(({ message }) =>
        isNumbered(message) && sessions.has('stored', message.device, message.boot, message.seq) ? [message] : [],
      )
      const found = seen.length === 0 ? new Map<string, string>() : await hashes.find(seen)
      classified = classify(
        messages,
        ({ device, boot, seq }) => sessions.has('stored', device, boot, seq),
        (message) => found.get(messageKey(message)),
      )
    }
    const refused = [...entries, ...classified.reused.map(reusedEntry)]
    for (const { message } of classified.fresh) {
      if (isNumbered(message)) news.add('stored', message.device, message.boot, message.seq)
    }
    for (const { entry } of refused) {
      if (entry.boot !== undefined && entry.seq !== undefined) news.add('refused', entry.device, entry.boot, entry.seq)
    }
    const offsets = [
      ...write.positions.filter((position) => partitionKey(position) === key).map(({ offset }) => offset),
      ...messages.map(({ message }) => message.position.offset + 1),
      ...entries.map(({ position }) => position.offset + 1),
    ]
    const next: PartitionLedger = {
      ...ledger,
      offset: offsets.reduce((most, offset) => Math.max(most, offset), ledger.offset),
      stored: ledger.stored + classified.fresh.length,
      duplicates: ledger.duplicates + classified.duplicates,
      quarantined: ledger.quarantined + refused.length,
    }
    return { known, next, news, classified, refused }
  }

  function dataLines(write: StoreWrite, steps: readonly Step[]): string[] {
    const lines: string[] = []
    for (const { classified, refused } of steps) {
      for (const { message, vitals, waveforms, events } of classified.fresh) {
        for (const point of vitals) lines.push(points.vitalLine(point, message))
        for (const block of waveforms) lines.push(points.waveformLine(block, message))
        for (const event of events) lines.push(points.eventLine(event, message))
        if (isNumbered(message)) lines.push(points.messageLine(message, vitals))
      }
      for (const { entry, position } of refused) lines.push(points.quarantineLine(entry, position))
    }
    // Of these, the last one that says something of the same thing counts.
    const last = new Map<string, string>()
    const add = (line: string) => last.set(identityOf(line), line)
    const { offsets = {} } = write
    for (const point of write.vitals ?? []) add(points.vitalLine(point))
    write.findings?.forEach((finding, index) =>
      add(points.findingLine(finding, offsets.findings?.[index] ?? nextRank())),
    )
    write.alarms?.forEach((alarm, index) => add(points.alarmLine(alarm, offsets.alarms?.[index] ?? nextRank())))
    write.staff?.forEach((command, index) => add(points.staffLine(command, offsets.staff?.[index] ?? nextRank())))
    write.beats?.forEach((record, index) => add(points.beatsLine(record, offsets.beats?.[index] ?? nextRank())))
    lines.push(...last.values())
    return lines
  }

  function remember({ known, next, news, classified }: Step): void {
    known.ledger = next
    for (const { message } of classified.fresh) if (isNumbered(message)) hashes.remember(message)
    known.sessions?.merge(news.toJson())
    for (const device of news.devices) known.changed.add(device)
    known.numbers += classified.fresh.length
  }

  /** Keeps the sessions of devices that changed, where many numbers have come. The next ledger line says so. */
  async function keepSessions(known: Known): Promise<void> {
    const { sessions, ledger, changed } = known
    if (sessions === undefined || changed.size === 0) return
    if (known.numbers < Math.max(SESSIONS_EVERY, SESSIONS_EVERY_PER_DEVICE * changed.size)) return
    await client.write([...changed].flatMap((device) => sessionsLines(ledger, device, sessions)))
    known.ledger = { ...ledger, sessionsAt: ledger.offset }
    known.numbers = 0
    changed.clear()
  }

  return {
    async write(write) {
      validateWrite(write)
      const began = pauses.now()
      const goOn = (): void => {
        if (pauses.since(began)) {
          throw new PulsewireError('PW_STORE_UNAVAILABLE', 'this process stood still in the middle of a write')
        }
      }
      return inTurn(async () => {
        const refused = (write.quarantine ?? []).map((entry) => ({ entry, position: positionOf(entry) }))
        const names = new Map<string, PartitionName>()
        for (const position of [
          ...write.positions,
          ...(write.messages ?? []).map(({ message }) => message.position),
          ...refused.map(({ position }) => position),
        ]) {
          names.set(partitionKey(position), position)
        }
        await knownOf([...names.values()])
        const steps: Step[] = []
        for (const name of names.values()) steps.push(await stepOf(name, write, refused))
        await client.write(dataLines(write, steps), goOn)
        const moved = steps.filter(({ known, next }) => next.offset > known.ledger.offset)
        await client.write(
          moved.map(({ next, news }) => ledgerLine(next, news.toJson())),
          goOn,
        )
        for (const step of moved) {
          remember(step)
          // Where this fails, it is due again after the next write: nothing depends on it but the time that a takeover takes.
          await keepSessions(step.known).catch((error: unknown) => options.onUpkeepFailed?.(error))
        }
        const sum = (of: (step: Step) => number) => moved.reduce((total, step) => total + of(step), 0)
        return {
          stored: sum(({ classified }) => classified.fresh.length),
          duplicates: sum(({ classified }) => classified.duplicates),
          reused: moved.flatMap(({ classified }) => classified.reused.map(({ message }) => message)),
        }
      })
    },

    async positions(topics) {
      return inTurn(async () => {
        const ledgers = await readLedgers(client)
        const offsets = new Map(ledgers.map((ledger) => [partitionKey(ledger), ledger.offset]))
        for (const [key, { ledger }] of partitions) {
          if (offsets.get(key) !== ledger.offset) partitions.delete(key)
        }
        return ledgers
          .filter(({ topic }) => topics.includes(topic))
          .map(({ topic, partition, offset }) => ({ topic, partition, offset }))
      })
    },

    async maintain() {
      for (const known of partitions.values()) {
        const { ledger } = known
        // What stands in the newest line that was written counts, not what the next one will say.
        const due = Math.min(ledger.sessionsAt, ledger.offset - 1)
        if (due - known.prunedAt < pruneEvery) continue
        await pruneLedger(client, { ...ledger, sessionsAt: due })
        known.prunedAt = due
      }
    },

    async close() {
      if (closed) return
      closed = true
      pauses.stop()
      await turn
    },
  }
}

function reusedEntry({ message, reuse }: MessageWrite): { entry: QuarantineEntry; position: LogPosition } {
  const { topic, partition, offset } = message.position
  const id = `${topic}/${partition}/${offset}`
  const { reason, payload } = reuse()
  return { entry: { ...reason, id, payload }, position: message.position }
}

function positionOf({ id }: QuarantineEntry): LogPosition {
  const position = parsePosition(id)
  if (position === undefined) throw new PulsewireError('PW_REQUEST_INVALID', `${id} is not a position in the log`)
  return position
}
