import type { DuckDBConnection } from '@duckdb/node-api'
import type { LatestValue, SeqGap, VitalPoint } from '../port.ts'
import { IntervalSet } from '../shared/interval-set.ts'
import { createRowBuffer, numberOf, pointValueOf, rowsOf, textOf } from './sql.ts'
import type { StoreState } from './state.ts'
import { messageKey } from '../shared/accounting.ts'
import { createRecent } from '../shared/recent.ts'

/** How many hashes of messages are kept at hand at least: what a device sends again after a broken link is mostly recent. */
const RECENT_HASHES = 50_000

interface KnownLatest extends LatestValue {
  readonly seq: number
  readonly version: number
}

/**
 * What is kept in memory so that a write needs no look-up and the latest values no query: which `seq` of each session were seen, and
 * the newest value of each series. It is a view of the tables: rebuilt at the opening from a snapshot and the rows written since.
 */
export interface StoreMemory {
  hasSeen(device: string, boot: string, seq: number): boolean
  /** The hash of a seen message where it is at hand. */
  recentHash(device: string, boot: string, seq: number): string | undefined
  markSeen(device: string, boot: string, seq: number, hash: string): void
  markQuarantined(device: string, boot: string, seq: number): void
  gaps(device: string): SeqGap[]
  offerLatest(point: VitalPoint, seq: number, version: number): void
  latest(patients: readonly string[]): LatestValue[]
  /** Replaces the snapshots in the database by what is in memory. */
  save(connection: DuckDBConnection): Promise<void>
}

export async function loadMemory(connection: DuckDBConnection, state: StoreState): Promise<StoreMemory> {
  const memory = createMemory()
  for (const [device, boot, low, high] of await rowsOf(connection, 'SELECT * FROM "seenIntervals"')) {
    memory.addSeen(textOf(device), textOf(boot), numberOf(low), numberOf(high))
  }
  const since = `version > ${state.cachedVersion}`
  for (const [device, boot, low, high] of await rowsOf(connection, seenIslands(since))) {
    memory.addSeen(textOf(device), textOf(boot), numberOf(low), numberOf(high))
  }
  const sessions = 'SELECT device, boot, seq FROM quarantine WHERE boot IS NOT NULL AND seq IS NOT NULL'
  for (const [device, boot, seq] of await rowsOf(connection, sessions)) {
    memory.markQuarantined(textOf(device), textOf(boot), numberOf(seq))
  }
  const columns = 'patient, device, code, time, value, text, seq, version'
  const newest = `SELECT ${columns} FROM vitals WHERE ${since}
    QUALIFY row_number() OVER (PARTITION BY patient, device, code ORDER BY time DESC, seq DESC, version DESC) = 1`
  for (const sql of [`SELECT ${columns} FROM latest`, newest]) {
    for (const [patient, device, code, time, value, text, seq, version] of await rowsOf(connection, sql)) {
      const known = pointValueOf(value, text)
      if (known === undefined) continue
      const point = { patient: textOf(patient), device: textOf(device), code: textOf(code), time: numberOf(time) }
      memory.offerLatest({ ...point, value: known }, numberOf(seq), numberOf(version))
    }
  }
  return memory
}

/** Runs of consecutive numbers, found in the database so that only they cross over. */
function seenIslands(since: string): string {
  return `SELECT device, boot, min(seq), max(seq) FROM (
      SELECT device, boot, seq, seq - row_number() OVER (PARTITION BY device, boot ORDER BY seq) AS island
      FROM (SELECT DISTINCT device, boot, seq FROM seen WHERE ${since})
    ) GROUP BY device, boot, island`
}

function createMemory(): StoreMemory & { addSeen(device: string, boot: string, low: number, high: number): void } {
  const seen = new Map<string, Map<string, IntervalSet>>()
  const refused = new Map<string, Map<string, IntervalSet>>()
  const hashes = createRecent<string>(RECENT_HASHES)
  const latest = new Map<string, Map<string, KnownLatest>>()

  const sessionOf = (of: typeof seen, device: string, boot: string): IntervalSet => {
    const sessions = of.get(device) ?? new Map<string, IntervalSet>()
    of.set(device, sessions)
    const session = sessions.get(boot) ?? new IntervalSet()
    sessions.set(boot, session)
    return session
  }

  return {
    hasSeen: (device, boot, seq) => seen.get(device)?.get(boot)?.has(seq) ?? false,
    recentHash: (device, boot, seq) => hashes.get(messageKey({ device, boot, seq })),
    addSeen(device, boot, low, high) {
      sessionOf(seen, device, boot).add(low, high)
    },
    markSeen(device, boot, seq, hash) {
      sessionOf(seen, device, boot).add(seq)
      hashes.set(messageKey({ device, boot, seq }), hash)
    },
    markQuarantined(device, boot, seq) {
      sessionOf(refused, device, boot).add(seq)
    },
    gaps(device) {
      const boots = new Set([...(seen.get(device)?.keys() ?? []), ...(refused.get(device)?.keys() ?? [])])
      return [...boots].flatMap((boot) => {
        const received = new IntervalSet()
        for (const source of [seen, refused]) {
          for (const [low, high] of source.get(device)?.get(boot)?.intervals ?? []) received.add(low, high)
        }
        return received.gaps().map(([from, to]) => ({ boot, from, to }))
      })
    },
    offerLatest(point, seq, version) {
      const ofPatient = latest.get(point.patient) ?? new Map<string, KnownLatest>()
      latest.set(point.patient, ofPatient)
      const key = `${point.device}\0${point.code}`
      const known = ofPatient.get(key)
      if (known !== undefined && !supersedes({ time: point.time, seq, version }, known)) return
      const { patient, device, code, time, value } = point
      ofPatient.set(key, { patient, device, code, time, value, seq, version })
    },
    latest: (patients) =>
      patients.flatMap((patient) =>
        [...(latest.get(patient)?.values() ?? [])].map(({ device, code, time, value }) => ({
          patient,
          device,
          code,
          time,
          value,
        })),
      ),
    async save(connection) {
      const intervals = createRowBuffer('seenIntervals')
      for (const [device, sessions] of seen) {
        for (const [boot, session] of sessions) {
          for (const [low, high] of session.intervals) intervals.add([device, boot, low, high])
        }
      }
      const values = createRowBuffer('latest')
      for (const ofPatient of latest.values()) {
        for (const { patient, device, code, time, value, seq, version } of ofPatient.values()) {
          const [number, text] = typeof value === 'number' ? [value, null] : [null, value]
          values.add([patient, device, code, time, number, text, seq, version])
        }
      }
      await connection.run('DELETE FROM "seenIntervals"')
      await connection.run('DELETE FROM latest')
      await intervals.appendTo(connection)
      await values.appendTo(connection)
    },
  }
}

function supersedes(
  offered: { time: number; seq: number; version: number },
  known: { time: number; seq: number; version: number },
): boolean {
  if (offered.time !== known.time) return offered.time > known.time
  if (offered.seq !== known.seq) return offered.seq > known.seq
  return offered.version > known.version
}
