import { flux, fluxExpression, type FluxParameterLike } from '@influxdata/influxdb-client'
import { alarm, finding, PulsewireError, staffCommand, type Alarm } from '@pulsewire/contracts'
import type { TimeRange, VitalsStore } from '../../port.ts'
import { limitOf } from '../../shared/answer.ts'
import type { InfluxClient } from '../client.ts'
import { allOf, anyOf, clamped, DATA_RANGE, instantOf, oneOf, source } from '../flux.ts'
import { collectPoints } from './lasting.ts'
import { pageOf, type Page } from './pages.ts'
import { compare } from './vitals.ts'

const DEFAULT_LIMIT = 10_000

interface Criteria {
  readonly from?: number
  readonly to?: number
  readonly patient?: string
  readonly types?: readonly string[]
  readonly states?: readonly string[]
  readonly limit?: number
}

type Measurement = 'findings' | 'alarms' | 'staff'

interface Row {
  readonly id: string
  readonly onset: number
  readonly end: number
  readonly state: string
  readonly rank: number
  readonly body: string
}

/** Findings that overlap a range, the newest version of each. */
export async function queryFindings(
  client: InfluxClient,
  query: Parameters<VitalsStore['findings']>[0],
): ReturnType<VitalsStore['findings']> {
  const { rows, next } = await newestOf(client, 'findings', query)
  const findings = rows.map(({ body }) => parsed(finding.safeParse(jsonOf(body)), 'a finding'))
  return { findings, ...(next === undefined ? {} : { next }) }
}

/** Alarms that overlap a range, the newest version of each. */
export async function queryAlarms(
  client: InfluxClient,
  query: Parameters<VitalsStore['alarms']>[0],
): ReturnType<VitalsStore['alarms']> {
  const { rows, next } = await newestOf(client, 'alarms', query)
  return { alarms: rows.map(({ body }) => parseAlarm(body)), ...(next === undefined ? {} : { next }) }
}

/** What staff did that is about a range, of one time in the order of the log. */
export async function queryStaff(
  client: InfluxClient,
  query: Parameters<VitalsStore['staff']>[0],
): ReturnType<VitalsStore['staff']> {
  const { rows, next } = await newestOf(client, 'staff', query)
  const inOrder = rows.toSorted((one, other) => one.onset - other.onset || one.rank - other.rank)
  const commands = inOrder.map(({ body }) => parsed(staffCommand.safeParse(jsonOf(body)), 'what staff did'))
  return { commands, ...(next === undefined ? {} : { next }) }
}

export async function queryAlarm(client: InfluxClient, id: string): Promise<Alarm | undefined> {
  // An id ends with its onset, as a rule.
  const onset = Number(id.slice(id.lastIndexOf('.') + 1))
  const near = Number.isSafeInteger(onset) ? clamped({ from: onset, to: onset + 1 }) : undefined
  for (const range of near === undefined ? [DATA_RANGE] : [near, DATA_RANGE]) {
    const scope = allOf(flux`r._measurement == "alarms"`, flux`r._field == "id"`, anyOf('_value', [id]))
    const times = await client.rows(
      flux`${source(client.bucket, range)} |> filter(fn: (r) => ${scope}) |> keep(columns: ["_time"])`,
      (cells) => instantOf(cells('_time')).ms,
    )
    const rows: Row[] = []
    for (const time of new Set(times)) {
      const found = await rowsOf(client, flux`r._measurement == "alarms"`, { from: time, to: time + 1 })
      rows.push(...found.filter((row) => row.id === id))
    }
    const [newest] = newestOfEach(rows)
    if (newest !== undefined) return parseAlarm(newest.body)
  }
  return undefined
}

/** Pages by onset; what began before the range and still overlaps comes with every page, so that a page always gets on. */
async function newestOf(client: InfluxClient, measurement: Measurement, query: Criteria): Promise<Page<Row>> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const range = clamped({ from: query.from ?? DATA_RANGE.from, to: query.to ?? DATA_RANGE.to })
  if (range === undefined) return { rows: [] }
  const scope = allOf(
    flux`r._measurement == ${measurement}`,
    query.patient === undefined ? undefined : oneOf('patient', [query.patient]),
    query.types === undefined ? undefined : oneOf('type', query.types),
  )
  const { states } = query
  const matches = (row: Row) => row.end >= range.from && (states === undefined || states.includes(row.state))
  const before = query.from === undefined ? [] : await stillOpen(client, scope, range.from)
  const within = await rowsOf(client, scope, range)
  const page = pageOf(newestOfEach(within).filter(matches), limit, ({ onset }) => onset)
  return { ...page, rows: [...newestOfEach(before).filter(matches), ...page.rows] }
}

/** What began before a time and had not ended by then. */
async function stillOpen(client: InfluxClient, scope: FluxParameterLike, from: number): Promise<Row[]> {
  const earlier = clamped({ from: DATA_RANGE.from, to: from })
  if (earlier === undefined) return []
  const onsets = await client.rows(
    flux`${source(client.bucket, earlier)} |> filter(fn: (r) => ${scope} and r._field == "end" and r._value >= ${from})
      |> keep(columns: ["_time"])`,
    (cells) => instantOf(cells('_time')).ms,
  )
  const rows: Row[] = []
  for (const onset of new Set(onsets)) rows.push(...(await rowsOf(client, scope, { from: onset, to: onset + 1 })))
  return rows
}

async function rowsOf(
  client: InfluxClient,
  scope: FluxParameterLike | { toString(): string },
  range: TimeRange,
): Promise<Row[]> {
  const fields = anyOf('_field', ['id', 'end', 'state', 'rank', 'body'])
  const points = await collectPoints(
    client,
    allOf(fluxExpression(scope), fields),
    range,
    ['patient', 'type'],
    ['id', 'end', 'rank', 'body'],
  )
  return points.map((point) => ({
    id: point('id'),
    onset: instantOf(point('_time')).ms,
    end: Number(point('end')),
    state: point('state'),
    rank: Number(point('rank')),
    body: point('body'),
  }))
}

/** By onset and id. */
function newestOfEach(rows: readonly Row[]): Row[] {
  const newest = new Map<string, Row>()
  for (const row of rows) {
    const known = newest.get(row.id)
    if (known === undefined || row.rank > known.rank) newest.set(row.id, row)
  }
  return [...newest.values()].sort((one, other) => one.onset - other.onset || compare(one.id, other.id))
}

function parseAlarm(body: string): Alarm {
  return parsed(alarm.safeParse(jsonOf(body)), 'an alarm')
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new PulsewireError('PW_STORE_DAMAGED', 'a finding, an alarm or what staff did cannot be read', {
      cause: error,
    })
  }
}

function parsed<T>(result: { success: true; data: T } | { success: false }, what: string): T {
  if (!result.success) throw new PulsewireError('PW_STORE_DAMAGED', `${what} cannot be read`)
  return result.data
}
