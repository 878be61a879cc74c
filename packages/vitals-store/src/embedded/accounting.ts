import type { DuckDBConnection } from '@duckdb/node-api'
import type { MessageWrite } from '../port.ts'
import { isNumbered, messageKey, type Numbered } from '../shared/accounting.ts'
import type { StoreMemory } from './memory.ts'
import { numberOf, quote, rowsOf, textOf } from './sql.ts'
import { storedOffset, type StoreState } from './state.ts'

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
    else known.set(messageKey(message), hash)
  }
  if (wanted.length === 0) return known
  const seqs = wanted.map(({ seq }) => seq)
  const list = wanted.map(({ device, boot, seq }) => `(${quote(device)}, ${quote(boot)}, ${seq}::BIGINT)`).join(', ')
  const sql = `SELECT seen.device, seen.boot, seen.seq, seen.hash FROM seen
    JOIN (VALUES ${list}) AS wanted(device, boot, seq) USING (device, boot, seq)
    WHERE seen.seq BETWEEN ${Math.min(...seqs)} AND ${Math.max(...seqs)}`
  for (const [device, boot, seq, hash] of await rowsOf(connection, sql)) {
    known.set(messageKey({ device: textOf(device), boot: textOf(boot), seq: numberOf(seq) }), textOf(hash))
  }
  return known
}

/** Those below the stored positions are in the store already. */
export function notYetStored(messages: readonly MessageWrite[], state: StoreState): MessageWrite[] {
  return messages.filter(({ message }) => message.position.offset >= storedOffset(state, message.position))
}
