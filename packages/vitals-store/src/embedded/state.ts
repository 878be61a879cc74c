import type { DuckDBConnection } from '@duckdb/node-api'
import { PulsewireError, type LogPosition } from '@pulsewire/contracts'
import { parsePosition } from '../shared/position.ts'
import { rowsOf, textOf } from './sql.ts'

/** Of the tables; a store of another one is not opened. */
const SCHEMA_VERSION = 2

/** One row of JSON, updated in the transaction of each write: what makes a write idempotent and the ledger exact. */
export interface StoreState {
  readonly schema: typeof SCHEMA_VERSION
  /** Number of the last row that was written; rows written later have higher ones. */
  readonly version: number
  /** Rows up to this version are in the snapshots `latest` and `seenIntervals`. */
  readonly cachedVersion: number
  readonly stored: number
  readonly duplicates: number
  readonly quarantined: number
  /** Next offset to be read, by `topic/partition`. */
  readonly positions: Readonly<Record<string, number>>
}

const EMPTY: StoreState = {
  schema: SCHEMA_VERSION,
  version: 0,
  cachedVersion: 0,
  stored: 0,
  duplicates: 0,
  quarantined: 0,
  positions: {},
}

export async function loadState(connection: DuckDBConnection): Promise<StoreState> {
  const [row] = await rowsOf(connection, 'SELECT body FROM state')
  if (row === undefined) {
    await connection.run('INSERT INTO state VALUES ($1)', [JSON.stringify(EMPTY)])
    return structuredClone(EMPTY)
  }
  return parseState(JSON.parse(textOf(row[0])))
}

function parseState(value: unknown): StoreState {
  const fields = new Map(Object.entries(value ?? {}))
  const count = (name: string, source: ReadonlyMap<string, unknown> = fields): number => {
    const found = source.get(name)
    if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found
    throw new PulsewireError('PW_STORE_DAMAGED', `the state of the store has no readable ${name}`)
  }
  if (fields.get('schema') !== SCHEMA_VERSION)
    throw new PulsewireError('PW_STORE_DAMAGED', 'the store was written by another version')
  const places = new Map<string, unknown>(Object.entries(fields.get('positions') ?? {}))
  return {
    schema: SCHEMA_VERSION,
    version: count('version'),
    cachedVersion: count('cachedVersion'),
    stored: count('stored'),
    duplicates: count('duplicates'),
    quarantined: count('quarantined'),
    positions: Object.fromEntries([...places.keys()].map((place) => [place, count(place, places)])),
  }
}

export async function saveState(connection: DuckDBConnection, state: StoreState): Promise<void> {
  await connection.run('UPDATE state SET body = $1', [JSON.stringify(state)])
}

/** The next offset to be read of a partition (0 where nothing is known). */
export function storedOffset(state: StoreState, position: Pick<LogPosition, 'topic' | 'partition'>): number {
  return state.positions[`${position.topic}/${position.partition}`] ?? 0
}

/** A copy whose positions are moved on to `positions`; they never move back. */
export function withPositions(state: StoreState, positions: readonly LogPosition[]): StoreState {
  const moved = { ...state.positions }
  for (const position of positions) {
    const key = `${position.topic}/${position.partition}`
    moved[key] = Math.max(moved[key] ?? 0, position.offset)
  }
  return { ...state, positions: moved }
}

export function positionsOf(state: StoreState): LogPosition[] {
  return Object.entries(state.positions).map(([key, offset]) => ({ ...parsePlace(key), offset }))
}

function parsePlace(key: string): Pick<LogPosition, 'topic' | 'partition'> {
  const position = parsePosition(`${key}/0`)
  if (position === undefined)
    throw new PulsewireError('PW_STORE_DAMAGED', `the store names an unknown partition ${key}`)
  return position
}
