import { setMaxListeners } from 'node:events'
import { rm } from 'node:fs/promises'
import { PulsewireError, errorCodeOf, type LogPosition } from '@pulsewire/contracts'
import { openEmbeddedEventLog } from '../embedded/embedded-event-log.ts'
import type { EventLog, PartitionEnds, StoredRecord, Tail, TailOptions } from '../port.ts'
import type { PrimaryLink } from './primary-link.ts'
import { asError, pause, within } from './within.ts'

export interface RegistryMirrorOptions {
  readonly directory: string
  readonly link: PrimaryLink
  /** How long the log may take to tell its head, and the copy to reach it, ms. */
  readonly headWithinMs: number
  /** While it cannot be reached it is asked again this often. */
  readonly probeMs: number
  readonly onError: (error: Error) => void
  readonly onReachable: (reachable: boolean, reason: Error | undefined) => void
}

/**
 * The registry topic, copied to this machine's disk, so that devices can sign in while the log cannot be reached. Readers read the copy
 * alone; `ends` brings it up to the log's head first where it can.
 */
export interface RegistryMirror {
  /** The copy is at the log's head, as far as the last question told. */
  readonly reachable: boolean
  /** When the copy was last known to be at the head, ms. */
  readonly asOf: number | undefined
  /**
   * The copy's ends, once it has reached the log's head of this moment; where the log cannot be reached: as they are. PW_REGISTRY_BEHIND
   * while the copy was never complete: a device that is not in it may well be registered.
   */
  ends(): Promise<PartitionEnds[]>
  tail(options: TailOptions): Promise<Tail>
  read: EventLog['read']
  close(): Promise<void>
}

/** Header of a copied record: its offset in the log. */
const SOURCE = 'source-offset'
/** Where the copy notes that it was complete: another topic of its own log. */
const NOTES = 'audit'
const LOOK_MS = 20
const STOP_WITHIN_MS = 1_000

export async function openRegistryMirror(options: RegistryMirrorOptions): Promise<RegistryMirror> {
  const { link, headWithinMs, onError } = options
  const halt = new AbortController()
  setMaxListeners(0, halt.signal)
  let copy = await openCopy(options.directory)
  /** What of the log's registry is in the copy: the next offset to be copied. */
  let copied = await nextSource(copy)
  let completeAt = await lastNote(copy)
  let reachable = false
  let probing: Promise<void> | undefined
  let source: Tail | undefined
  let following: Promise<void> | undefined

  const isAnother = (log: EventLog): Promise<boolean> =>
    within(isOfAnother(copy, copied, log), headWithinMs, 'the last change of the registry', halt.signal)

  const follow = async (log: EventLog): Promise<void> => {
    if (await isAnother(log)) {
      const text = 'The copy of the registry is of another log: start the broker again, and it is made anew'
      throw new PulsewireError('PW_LOG_DAMAGED', text)
    }
    source = await log.tail({
      topics: ['registry'],
      from: [{ topic: 'registry', partition: 0, offset: copied }],
      handler: async ({ records }) => {
        await copy.append(
          'registry',
          records.map(({ key, headers, value, offset }) => ({
            key,
            headers: { ...headers, [SOURCE]: String(offset) },
            value,
          })),
        )
        copied = (records.at(-1)?.offset ?? copied - 1) + 1
      },
      onError,
    })
  }
  /** Past what is damaged or compacted away too. */
  const reached = (): number => Math.max(copied, source?.positions[0]?.offset ?? 0)

  /** Resolves when the copy holds what the log holds at this moment. */
  const catchUp = async (withinMs: number): Promise<void> => {
    const deadline = performance.now() + withinMs
    const log = await within(link.log(withinMs), withinMs, 'opening the log', halt.signal)
    following ??= follow(log).catch((thrown: unknown) => {
      following = undefined
      throw thrown
    })
    const left = (): number => deadline - performance.now()
    await within(following, left(), 'reading the registry', halt.signal)
    const [end] = await within(log.ends('registry'), left(), 'the head of the registry', halt.signal)
    const head = end === undefined || end.next <= end.earliest ? 0 : end.next
    while (reached() < head) {
      if (performance.now() > deadline || halt.signal.aborted) {
        throw new PulsewireError(
          'PW_REGISTRY_BEHIND',
          `the copy of the registry is at ${reached()}, the head at ${head}`,
        )
      }
      await pause(LOOK_MS, halt.signal)
    }
    const first = completeAt === undefined
    completeAt = Date.now()
    if (first || !reachable) await note(copy, completeAt)
  }

  const lost = (thrown: unknown): void => {
    if (halt.signal.aborted) return
    if (reachable) options.onReachable(false, asError(thrown))
    reachable = false
    probing ??= probe()
  }
  const probe = async (): Promise<void> => {
    let told = false
    while (!halt.signal.aborted) {
      try {
        await catchUp(headWithinMs)
        if (halt.signal.aborted) break
        reachable = true
        options.onReachable(true, undefined)
        break
      } catch (thrown) {
        // That the log is away was told when it was lost.
        if (!told && errorCodeOf(thrown) === 'PW_LOG_DAMAGED') onError(asError(thrown))
        told ||= errorCodeOf(thrown) === 'PW_LOG_DAMAGED'
        await pause(options.probeMs, halt.signal)
      }
    }
    probing = undefined
  }

  // Before anybody reads the copy: one of another log must not be mixed with this one's.
  try {
    // Waiting for it to be opened was the caller's affair.
    const log = await link.log(0)
    if (await isAnother(log)) {
      onError(new PulsewireError('PW_LOG_DAMAGED', 'The copy of the registry is of another log: it is made anew'))
      await copy.close()
      await rm(options.directory, { recursive: true, force: true })
      copy = await openCopy(options.directory)
      copied = 0
      completeAt = undefined
    }
    await catchUp(headWithinMs)
    reachable = true
  } catch (thrown) {
    options.onReachable(false, asError(thrown))
    lost(thrown)
  }

  return {
    get reachable() {
      return reachable
    },
    get asOf() {
      return completeAt
    },
    ends: async () => {
      if (reachable) await catchUp(headWithinMs).catch(lost)
      if (completeAt === undefined) {
        throw new PulsewireError(
          'PW_REGISTRY_BEHIND',
          'the log cannot be reached, and there is no copy of the registry',
        )
      }
      return copy.ends('registry')
    },
    tail: (wanted) => copy.tail(wanted),
    read: (topic, partition, range) => copy.read(topic, partition, range),
    close: async () => {
      halt.abort()
      await probing
      // (What does not stop in time ends with the log itself.)
      if (source !== undefined) await within(source.stop(), STOP_WITHIN_MS, 'the end of the copying').catch(onError)
      await copy.close()
    },
  }
}

function openCopy(directory: string): Promise<EventLog> {
  return openEmbeddedEventLog({ directory, partitions: 1 })
}

async function* recordsOf(log: EventLog, topic: 'registry' | 'audit'): AsyncGenerator<StoredRecord> {
  for await (const records of log.read(topic, 0, { from: 0 })) yield* records
}

async function nextSource(copy: EventLog): Promise<number> {
  let next = 0
  for await (const { headers } of recordsOf(copy, 'registry')) next = Math.max(next, Number(headers[SOURCE] ?? -1) + 1)
  return next
}

async function lastNote(copy: EventLog): Promise<number | undefined> {
  let at: number | undefined
  for await (const { headers } of recordsOf(copy, NOTES)) at = Number(headers['at'])
  return at
}

async function note(copy: EventLog, at: number): Promise<void> {
  await copy.append(NOTES, [{ key: 'complete', headers: { at: String(at) }, value: null }])
}

/** Whether the log's registry is another than the one that was copied: shorter, or with another record at the last place. */
async function isOfAnother(copy: EventLog, copied: number, log: EventLog): Promise<boolean> {
  if (copied === 0) return false
  const place: LogPosition = { topic: 'registry', partition: 0, offset: copied - 1 }
  const [end] = await log.ends('registry')
  if (end === undefined || end.next < copied) return true
  let known: StoredRecord | undefined
  for await (const record of recordsOf(copy, 'registry')) {
    if (record.headers[SOURCE] === String(place.offset)) known = record
  }
  for await (const [record] of log.read('registry', 0, { from: place.offset, to: copied })) {
    return record !== undefined && known !== undefined && record.key !== known.key
  }
  // Compacted away by now: nothing speaks against it.
  return false
}
