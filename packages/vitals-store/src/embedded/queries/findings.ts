import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { alarm, finding, PulsewireError, staffCommand, type Alarm } from '@pulsewire/contracts'
import type { VitalsStore } from '../../port.ts'
import { limitOf } from '../../shared/answer.ts'
import type { Reader } from '../reader.ts'
import { msLiteral, numberOf, rowsOf, textOf } from '../sql.ts'
import { pageOf, whereOf, type Page, type Select } from './paging.ts'

const DEFAULT_LIMIT = 10_000

interface Criteria {
  readonly from?: number
  readonly to?: number
  readonly patient?: string
  readonly types?: readonly string[]
  readonly states?: readonly string[]
  readonly limit?: number
}

/** Findings that overlap a range, the newest version of each. */
export async function queryFindings(
  reader: Reader,
  query: Parameters<VitalsStore['findings']>[0],
): ReturnType<VitalsStore['findings']> {
  return reader.read(async (connection) => {
    const { rows, next } = await newestOf(connection, 'findings', query)
    const findings = rows.map(({ body }) => parsed(finding.safeParse(JSON.parse(body)), 'a finding'))
    return { findings, ...(next === undefined ? {} : { next }) }
  })
}

/** Alarms that overlap a range, the newest version of each. */
export async function queryAlarms(
  reader: Reader,
  query: Parameters<VitalsStore['alarms']>[0],
): ReturnType<VitalsStore['alarms']> {
  return reader.read(async (connection) => {
    const { rows, next } = await newestOf(connection, 'alarms', query)
    const alarms = rows.map(({ body }) => parseAlarm(body))
    return { alarms, ...(next === undefined ? {} : { next }) }
  })
}

/** What staff did that is about a range; what was written a second time is the same again. */
export async function queryStaff(
  reader: Reader,
  query: Parameters<VitalsStore['staff']>[0],
): ReturnType<VitalsStore['staff']> {
  return reader.read(async (connection) => {
    const { rows, next } = await newestOf(connection, 'staff', query)
    const commands = rows.map(({ body }) => parsed(staffCommand.safeParse(JSON.parse(body)), 'what staff did'))
    return { commands, ...(next === undefined ? {} : { next }) }
  })
}

export async function queryAlarm(reader: Reader, id: string): Promise<Alarm | undefined> {
  return reader.read(async (connection) => {
    const [row] = await rowsOf(connection, 'SELECT body FROM alarms WHERE id = $1 ORDER BY version DESC LIMIT 1', [id])
    return row === undefined ? undefined : parseAlarm(textOf(row[0]))
  })
}

interface Row {
  readonly onset: number
  readonly body: string
}

/** Pages by onset; what began before the range and still overlaps comes with every page, so that a page always gets on. */
async function newestOf(
  connection: DuckDBConnection,
  table: 'findings' | 'alarms' | 'staff',
  query: Criteria,
): Promise<Page<Row>> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const values: DuckDBValue[] = []
  const oneOf = (column: string, allowed: readonly string[]) =>
    allowed.length === 0 ? 'false' : `${column} IN (${allowed.map((value) => `$${values.push(value)}`).join(', ')})`
  // Patient and type belong to the id; state and end may differ between versions, so the newest is taken first.
  const fixed = ['true']
  if (query.patient !== undefined) fixed.push(oneOf('patient', [query.patient]))
  if (query.types !== undefined) fixed.push(oneOf('type', query.types))
  const from = query.from ?? -Infinity
  const current = [`onset < ${msLiteral(query.to ?? Infinity)}`, `(stop IS NULL OR stop >= ${msLiteral(from)})`]
  if (query.states !== undefined) current.push(oneOf('state', query.states))
  // What staff did never changes: written again, it keeps its place.
  const [counts, order] = table === 'staff' ? ['ASC', 'version'] : ['DESC', 'id']
  const newest = `SELECT * FROM "${table}" WHERE ${fixed.join(' AND ')}
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY version ${counts}) = 1`
  const rowsWhere = async (where: string, most: string): Promise<Row[]> => {
    const sql = `SELECT onset::DOUBLE, body FROM (${newest}) WHERE ${current.join(' AND ')} AND ${where} ORDER BY onset, ${order} ${most}`
    return (await rowsOf(connection, sql, values)).map(([onset, body]) => ({
      onset: numberOf(onset),
      body: textOf(body),
    }))
  }
  const before = query.from === undefined ? [] : await rowsWhere(`onset < ${msLiteral(from)}`, '')
  const select: Select<Row> = async (where, most) => {
    const page = whereOf('onset', where, most)
    return rowsWhere(`onset >= ${msLiteral(from)} AND ${page.condition}`, page.most)
  }
  const page = await pageOf(select, limit, ({ onset }) => onset)
  return { ...page, rows: [...before, ...page.rows] }
}

function parseAlarm(body: string): Alarm {
  return parsed(alarm.safeParse(JSON.parse(body)), 'an alarm')
}

function parsed<T>(result: { success: true; data: T } | { success: false }, what: string): T {
  if (!result.success) throw new PulsewireError('PW_STORE_DAMAGED', `${what} cannot be read`)
  return result.data
}
