import type { DuckDBConnection } from '@duckdb/node-api'
import type { AccountedMessage, MessageWrite } from '../port.ts'
import { messageKey, type StoreMemory } from './memory.ts'
import { numberOf, quote, rowsOf, textOf } from './sql.ts'
import { storedOffset, type StoreState } from './state.ts'

/** A message that stands in the accounting: it has a session and a number. */
type Numbered = AccountedMessage & { readonly boot: string; readonly seq: number }

/** What becomes of the messages of one write. */
export interface Classified {
  /** New: to be stored. */
  readonly fresh: readonly MessageWrite[]
  /** The same (boot, seq) with the same content: no effect. */
  readonly duplicates: number
  /** The same (boot, seq) with other content: to be quarantined. */
  readonly reused: readonly MessageWrite[]
}

/** How many digits of a hash are compared and kept. */
const HASH_DIGITS = 16

export function shortHash(message: AccountedMessage): string {
  return message.hash.slice(0, HASH_DIGITS)
}

export function isNumbered(message: AccountedMessage): message is Numbered {
  return message.boot !== undefined && message.seq !== undefined
}

/**
 * Sorts messages, in their order, into fresh ones, duplicates and reuses. Those below the stored positions are in the store already
 * and are left out of all three. `hashOf` gives the hash of a message seen in an earlier write.
 */
export function classify(
  messages: readonly MessageWrite[],
  state: StoreState,
  memory: Pick<StoreMemory, 'hasSeen'>,
  hashOf: (message: Numbered) => string | undefined,
): Classified {
  const fresh: MessageWrite[] = []
  const reused: MessageWrite[] = []
  const inThisWrite = new Map<string, string>()
  let duplicates = 0
  for (const write of notYetStored(messages, state)) {
    const { message } = write
    if (!isNumbered(message)) {
      fresh.push(write)
      continue
    }
    const key = messageKey(message.device, message.boot, message.seq)
    const seenHere = inThisWrite.get(key)
    if (seenHere === undefined && !memory.hasSeen(message.device, message.boot, message.seq)) {
      inThisWrite.set(key, shortHash(message))
      fresh.push(write)
    } else if ((seenHere ?? hashOf(message)) === shortHash(message)) {
      duplicates++
    } else {
      reused.push(write)
    }
  }
  return { fresh, duplicates, reused }
}

/** The hashes of those messages that were seen before: at hand, else from the table in one query. */
export async function knownHashes(
  connection: DuckDBConnection,
  messages: readonly MessageWrite[],
  state: StoreState,
  memory: StoreMemory,
): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>()
  const wanted: Numbered[] = []
  for (const { message } of notYetStored(messages, state)) {
    if (!isNumbered(message) || !memory.hasSeen(message.device, message.boot, message.seq)) continue
    const hash = memory.recentHash(message.device, message.boot, message.seq)
    if (hash === undefined) wanted.push(message)
    else known.set(messageKey(message.device, message.boot, message.seq), hash)
  }
  if (wanted.length === 0) return known
  const seqs = wanted.map(({ seq }) => seq)
  const list = wanted.map(({ device, boot, seq }) => `(${quote(device)}, ${quote(boot)}, ${seq}::BIGINT)`).join(', ')
  const sql = `SELECT seen.device, seen.boot, seen.seq, seen.hash FROM seen
    JOIN (VALUES ${list}) AS wanted(device, boot, seq) USING (device, boot, seq)
    WHERE seen.seq BETWEEN ${Math.min(...seqs)} AND ${Math.max(...seqs)}`
  for (const [device, boot, seq, hash] of await rowsOf(connection, sql)) {
    known.set(messageKey(textOf(device), textOf(boot), numberOf(seq)), textOf(hash))
  }
  return known
}

function notYetStored(messages: readonly MessageWrite[], state: StoreState): MessageWrite[] {
  return messages.filter(({ message }) => message.position.offset >= storedOffset(state, message.position))
}
