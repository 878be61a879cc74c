import { BIGINT, BLOB, DOUBLE, FLOAT, INTEGER, VARCHAR, type DuckDBType } from '@duckdb/node-api'

/** The tables that rows are appended to: columns in order. Hot tables have no keys: a primary key costs three quarters of the speed. */
export const COLUMNS = {
  vitals: {
    patient: VARCHAR,
    device: VARCHAR,
    code: VARCHAR,
    time: BIGINT,
    value: DOUBLE,
    text: VARCHAR,
    quality: FLOAT,
    by: VARCHAR,
    receivedAt: BIGINT,
    seq: BIGINT,
    version: BIGINT,
  },
  waveforms: {
    patient: VARCHAR,
    device: VARCHAR,
    signal: VARCHAR,
    start: BIGINT,
    stop: BIGINT,
    rateHz: DOUBLE,
    unit: VARCHAR,
    scale: DOUBLE,
    offset: DOUBLE,
    count: INTEGER,
    samples: BLOB,
    receivedAt: BIGINT,
    seq: BIGINT,
    version: BIGINT,
  },
  beats: {
    patient: VARCHAR,
    device: VARCHAR,
    signal: VARCHAR,
    start: BIGINT,
    stop: BIGINT,
    count: INTEGER,
    beats: VARCHAR,
    seq: BIGINT,
    version: BIGINT,
  },
  findings: {
    id: VARCHAR,
    patient: VARCHAR,
    type: VARCHAR,
    onset: BIGINT,
    stop: BIGINT,
    body: VARCHAR,
    version: BIGINT,
  },
  alarms: {
    id: VARCHAR,
    patient: VARCHAR,
    type: VARCHAR,
    state: VARCHAR,
    onset: BIGINT,
    stop: BIGINT,
    body: VARCHAR,
    version: BIGINT,
  },
  staff: {
    id: VARCHAR,
    patient: VARCHAR,
    type: VARCHAR,
    by: VARCHAR,
    onset: BIGINT,
    stop: BIGINT,
    body: VARCHAR,
    version: BIGINT,
  },
  events: { patient: VARCHAR, device: VARCHAR, kind: VARCHAR, time: BIGINT, body: VARCHAR, version: BIGINT },
  quarantine: {
    id: VARCHAR,
    device: VARCHAR,
    receivedAt: BIGINT,
    boot: VARCHAR,
    seq: BIGINT,
    reason: VARCHAR,
    payload: BLOB,
    version: BIGINT,
  },
  /** The hash of each message by (device, boot, seq), to tell a duplicate from a reuse. */
  seen: { device: VARCHAR, boot: VARCHAR, seq: BIGINT, hash: VARCHAR, version: BIGINT },
  /** Snapshots of what is kept in memory, as of `cachedVersion` in `state`. */
  seenIntervals: { device: VARCHAR, boot: VARCHAR, low: BIGINT, high: BIGINT },
  latest: {
    patient: VARCHAR,
    device: VARCHAR,
    code: VARCHAR,
    time: BIGINT,
    value: DOUBLE,
    text: VARCHAR,
    seq: BIGINT,
    version: BIGINT,
  },
} as const satisfies Record<string, Record<string, DuckDBType>>

export type TableName = keyof typeof COLUMNS

/** A table that grows with the data, and is sealed into Parquet files. */
export interface BulkTable {
  readonly name: 'vitals' | 'waveforms' | 'beats'
  /** Its series, within patient and device. */
  readonly nameColumn: 'code' | 'signal'
  readonly startColumn: 'time' | 'start'
  /** The end of a row that lasts (not included). */
  readonly stopColumn?: 'stop'
  /** Rows alike in these say the same, the one of the highest seq, then version, counts. Absent = all count. */
  readonly identity?: readonly string[]
}

export const VITALS: BulkTable = {
  name: 'vitals',
  nameColumn: 'code',
  startColumn: 'time',
  identity: ['patient', 'device', 'code', 'time'],
}
export const WAVEFORMS: BulkTable = {
  name: 'waveforms',
  nameColumn: 'signal',
  startColumn: 'start',
  stopColumn: 'stop',
  identity: ['patient', 'device', 'signal', 'start'],
}
export const BEATS: BulkTable = { name: 'beats', nameColumn: 'signal', startColumn: 'start', stopColumn: 'stop' }
/** Columns of ms, which sealed files have as UTC timestamps. */
export const TIME_COLUMNS: readonly string[] = ['time', 'start', 'stop', 'receivedAt']

export const BULK_TABLES: readonly BulkTable[] = [VITALS, WAVEFORMS, BEATS]

/** What orders rows that say the same: the device's own order first (so that arrival does not matter), then ours. */
export const RANK = '(seq::HUGEINT * 18446744073709551616 + version)'

const create = Object.entries(COLUMNS).map(
  ([table, columns]) =>
    `CREATE TABLE IF NOT EXISTS "${table}" (${Object.entries(columns)
      .map(([name, type]) => `"${name}" ${type.toString()}`)
      .join(', ')})`,
)

/** The schema; every statement may be run again. `sealed` indexes the files; `state` is one row of JSON (see state.ts). */
export const SCHEMA: readonly string[] = [
  ...create,
  `CREATE TABLE IF NOT EXISTS sealed (path VARCHAR, "table" VARCHAR, start BIGINT, stop BIGINT, rows BIGINT, bytes BIGINT, sha256 VARCHAR, sealedAt BIGINT)`,
  `CREATE TABLE IF NOT EXISTS state (body VARCHAR)`,
]
