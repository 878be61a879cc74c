import type { DuckDBConnection } from '@duckdb/node-api'
import { LATE_AFTER_MS } from '@pulsewire/contracts'
import type { CoverageQuery, DamagedRange, DeviceDelay, SeriesCoverage, VitalsStore } from '../../port.ts'
import { extras } from '../../shared/answer.ts'
import { coverageOf, type Covered } from '../../shared/coverage.ts'
import type { Reader } from '../reader.ts'
import { msLiteral, numberOf, rowsOf, textOf } from '../sql.ts'
import { VITALS, WAVEFORMS, type BulkTable } from '../tables.ts'
import { windowSql } from './windows.ts'

/** How much of each series came, patient by patient: sealed files are sorted by them, so that each is read once. */
export async function queryCoverage(reader: Reader, query: CoverageQuery): ReturnType<VitalsStore['coverage']> {
  return reader.read(async (connection) => {
    const series: SeriesCoverage[] = []
    const delays: DeviceDelay[] = []
    const damaged: DamagedRange[] = []
    for (const patient of new Set(query.patients)) {
      const vitals = await tableCoverage(reader, connection, VITALS, 'count(*)', patient, query)
      const waveforms = await tableCoverage(reader, connection, WAVEFORMS, 'sum(stop - time)', patient, query)
      series.push(...coverageOf(patient, 'vital', vitals.rows), ...coverageOf(patient, 'waveform', waveforms.rows))
      damaged.push(...vitals.damaged, ...waveforms.damaged)
      delays.push(...vitals.delays)
    }
    return { series, delays: mostMessages(delays), ...extras(undefined, damaged) }
  })
}

async function tableCoverage(
  reader: Reader,
  connection: DuckDBConnection,
  table: BulkTable,
  amount: string,
  patient: string,
  query: CoverageQuery,
): Promise<{ rows: Covered[]; delays: DeviceDelay[]; damaged: readonly DamagedRange[] }> {
  const { nameColumn, startColumn, stopColumn } = table
  const columns = [
    'device',
    nameColumn,
    startColumn,
    ...(stopColumn === undefined ? [] : [stopColumn]),
    'receivedAt',
    'seq',
  ]
  const scope = { patient, from: query.from, to: query.to }
  const { relation, values, damaged } = await reader.sourceOf(connection, table, columns, scope)
  const { start } = windowSql({ ...query, every: { ms: query.everyMs } }, query)
  const times = startColumn === 'time' ? '*' : `*, "${startColumn}" AS time`
  const from = `(SELECT ${times} FROM ${relation}) WHERE time >= ${msLiteral(query.from)}`
  const grouped = await rowsOf(
    connection,
    `SELECT device, "${nameColumn}", ${start}::DOUBLE AS begins, (${amount})::DOUBLE FROM ${from} GROUP BY ALL ORDER BY ALL`,
    values,
  )
  const rows = grouped.map(([device, name, begins, sum]): Covered => ({
    device: textOf(device),
    name: textOf(name),
    start: numberOf(begins),
    amount: numberOf(sum),
  }))
  if (stopColumn !== undefined) return { rows, delays: [], damaged }
  // Of a message with several values, each says the same: the first stands for it.
  const messages = `SELECT device, receivedAt, receivedAt - max(time) AS delay FROM ${from} AND receivedAt IS NOT NULL GROUP BY device, receivedAt, seq`
  const told = await rowsOf(
    connection,
    `SELECT device, count(*)::DOUBLE, count_if(delay > ${LATE_AFTER_MS})::DOUBLE,
       approx_quantile(delay, 0.5)::DOUBLE, approx_quantile(delay, 0.9)::DOUBLE FROM (${messages}) GROUP BY device ORDER BY device`,
    values,
  )
  const delays = told.map(([device, count, late, p50, p90]): DeviceDelay => ({
    device: textOf(device),
    messages: numberOf(count),
    late: numberOf(late),
    p50Ms: numberOf(p50),
    p90Ms: numberOf(p90),
  }))
  return { rows, delays, damaged }
}

/** A device that two patients wore one after the other is told once, as of who had more of it. */
function mostMessages(delays: readonly DeviceDelay[]): DeviceDelay[] {
  const known = new Map<string, DeviceDelay>()
  for (const delay of delays) {
    const other = known.get(delay.device)
    if (other === undefined || other.messages < delay.messages) known.set(delay.device, delay)
  }
  return [...known.values()]
}
