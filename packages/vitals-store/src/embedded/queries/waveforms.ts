import type { DuckDBConnection } from '@duckdb/node-api'
import { errorCodeOf, PulsewireError } from '@pulsewire/contracts'
import type { DamagedRange, TimeRange, VitalsStore, WaveformQuery, WaveformSeries } from '../../port.ts'
import { decodeBlock } from '../block-codec.ts'
import { extras, limitOf } from '../../shared/answer.ts'
import type { Reader, Source } from '../reader.ts'
import { bytesOf, numberOf, rowsOf, textOf } from '../sql.ts'
import { WAVEFORMS } from '../tables.ts'
import { cutByCount } from './cut.ts'
import { cutBlock, joinBlocks, type StoredBlock } from '../../shared/segments.ts'

const DEFAULT_LIMIT = 5_000_000
const COLUMNS = [
  'device',
  'signal',
  'start',
  'stop',
  'rateHz',
  'unit',
  'scale',
  'offset',
  'count',
  'samples',
  'seq',
  'version',
]

/** Samples of one patient, as sent, joined into segments. */
export async function queryWaveforms(reader: Reader, query: WaveformQuery): ReturnType<VitalsStore['waveforms']> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const signals = [...new Set(query.signals)]
  if (signals.length === 0) return { signals: [] }
  return reader.read(async (connection) => {
    const scope = { ...query, names: signals }
    const light = await reader.sourceOf(
      connection,
      WAVEFORMS,
      COLUMNS.filter((name) => name !== 'samples'),
      scope,
    )
    const next = await cutByCount(connection, light, query, limit)
    const range = { from: query.from, to: next ?? query.to }
    const source = await reader.sourceOf(connection, WAVEFORMS, COLUMNS, { ...scope, ...range })
    const damaged = [...source.damaged]
    const blocks = await blocksOf(connection, source, range, (error, span) => {
      reader.report(new PulsewireError('PW_STORE_DAMAGED', `${query.patient}: ${error.message}`))
      damaged.push({ ...span, detail: error.message })
    })
    const answer = signals.map((signal): WaveformSeries => ({ signal, segments: joinBlocks(blocks.get(signal) ?? []) }))
    return { signals: answer, ...extras(next, damaged) }
  })
}

/** The blocks by signal, each start once, cut to the range; what is damaged goes to `onDamage` instead. */
async function blocksOf(
  connection: DuckDBConnection,
  source: Source,
  range: TimeRange,
  onDamage: (error: Error, span: Omit<DamagedRange, 'detail'>) => void,
): Promise<Map<string, StoredBlock[]>> {
  const sql = `SELECT signal, device, start::DOUBLE, stop::DOUBLE, "rateHz", unit, scale, "offset", samples FROM ${source.relation}
    QUALIFY row_number() OVER (PARTITION BY device, signal, start ORDER BY rank DESC) = 1`
  const blocks = new Map<string, StoredBlock[]>()
  for (const [signal, device, start, stop, rateHz, unit, scale, offset, samples] of await rowsOf(
    connection,
    sql,
    source.values,
  )) {
    const decoded = tryDecode(bytesOf(samples))
    if (decoded instanceof Error) {
      onDamage(decoded, { from: numberOf(start), to: numberOf(stop) })
      continue
    }
    const block = cutBlock(
      {
        device: textOf(device),
        start: numberOf(start),
        rateHz: numberOf(rateHz),
        unit: textOf(unit),
        scale: numberOf(scale),
        offset: numberOf(offset),
        samples: decoded,
      },
      range,
    )
    const name = textOf(signal)
    const known = blocks.get(name)
    if (block === undefined) continue
    if (known === undefined) blocks.set(name, [block])
    else known.push(block)
  }
  return blocks
}

function tryDecode(bytes: Uint8Array): Int16Array | Error {
  try {
    return decodeBlock(bytes)
  } catch (error) {
    if (error instanceof Error && errorCodeOf(error) === 'PW_STORE_DAMAGED') return error
    throw error
  }
}
