import { flux, fluxExpression } from '@influxdata/influxdb-client'
import { PulsewireError } from '@pulsewire/contracts'
import type { DamagedRange, VitalsStore, WaveformQuery, WaveformSeries } from '../../port.ts'
import { extras, limitOf } from '../../shared/answer.ts'
import { crc32 } from '../../shared/crc32.ts'
import { cutBlock, joinBlocks, type StoredBlock } from '../../shared/segments.ts'
import type { Cells, InfluxClient } from '../client.ts'
import { allOf, anyOf, clamped, instantOf, isLater, oneOf, tagOf } from '../flux.ts'
import { decodeText } from '../line.ts'
import { durationMs } from '../points.ts'
import { collectPoints, startRanges } from './lasting.ts'
import { cutByCount } from './pages.ts'

const DEFAULT_LIMIT = 5_000_000
const FIELDS = ['samples', 'crc32', 'count', 'rateHz', 'unit', 'scale', 'offset']
const TAGS = ['device', 'signal']

/** A block as it is found: decoded, or damaged. */
interface FoundBlock {
  readonly signal: string
  readonly device: string
  readonly start: number
  readonly place: number
  readonly block: StoredBlock | Error
  readonly stop: number
}

/** Samples of one patient, as sent, joined into segments. */
export async function queryWaveforms(client: InfluxClient, query: WaveformQuery): ReturnType<VitalsStore['waveforms']> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const signals = [...new Set(query.signals)]
  const range = clamped(query)
  if (signals.length === 0 || range === undefined)
    return { signals: signals.map((signal) => ({ signal, segments: [] })) }
  const scope = allOf(
    flux`r._measurement == "waveform"`,
    oneOf('patient', [query.patient]),
    oneOf('signal', signals),
    query.device === undefined ? undefined : oneOf('device', [query.device]),
  )
  const starts = await startRanges(client, scope, range)
  const lengths = []
  for (const some of starts) {
    const counts = allOf(scope, fluxExpression('(r._field == "count" or r._field == "durationMs")'))
    for (const point of await collectPoints(client, counts, some, TAGS, ['count', 'durationMs'])) {
      const start = instantOf(point('_time')).ms
      if (start + Number(point('durationMs')) <= range.from) continue
      lengths.push({ start, count: Number(point('count')), series: `${point('device')}\0${point('signal')}` })
    }
  }
  const next = cutByCount(lengths, query.from, limit)
  const wanted = { from: query.from, to: next ?? query.to }

  const found = new Map<string, FoundBlock>()
  for (const some of starts) {
    const part = clamped({ from: some.from, to: Math.min(some.to, wanted.to) })
    if (part === undefined) continue
    for (const point of await collectPoints(client, allOf(scope, anyOf('_field', FIELDS)), part, TAGS, FIELDS)) {
      const one = blockOf(point)
      if (one.stop <= wanted.from) continue
      const key = `${one.device}\0${one.signal}\0${one.start}`
      const known = found.get(key)
      if (known === undefined || isLater(one.place, known.place)) found.set(key, one)
    }
  }
  const damaged: DamagedRange[] = []
  const blocks = new Map<string, StoredBlock[]>(signals.map((signal) => [signal, []]))
  for (const { signal, start, stop, block } of found.values()) {
    if (block instanceof Error) {
      damaged.push({ from: start, to: stop, detail: `${signal}: ${block.message}` })
      continue
    }
    const cut = cutBlock(block, wanted)
    if (cut !== undefined) blocks.get(signal)?.push(cut)
  }
  const answer = signals.map((signal): WaveformSeries => ({ signal, segments: joinBlocks(blocks.get(signal) ?? []) }))
  return { signals: answer, ...extras(next, damaged) }
}

function blockOf(point: Cells): FoundBlock {
  const { ms: start, place } = instantOf(point('_time'))
  const [device, signal] = [tagOf(point('device')), tagOf(point('signal'))]
  const rateHz = Number(point('rateHz'))
  const decoded = decode(point)
  const block =
    decoded instanceof Error
      ? decoded
      : {
          device,
          start,
          rateHz,
          unit: decodeText(point('unit')),
          scale: Number(point('scale')),
          offset: Number(point('offset')),
          samples: decoded,
        }
  const length = Number(point('count'))
  const stop = block instanceof Error ? start + Math.ceil((length * 1000) / (rateHz || 1)) : start + durationMs(block)
  return { signal, device, start, place, block, stop: Math.max(stop, start + 1) }
}

/** The samples of a block, or what is wrong with it: nothing is served whose checksum does not fit. */
function decode(point: Cells): Int16Array | PulsewireError {
  const bytes = Buffer.from(point('samples'), 'base64')
  const fits =
    bytes.length === 2 * Number(point('count')) &&
    point('crc32') === String(crc32(bytes)) &&
    Number(point('rateHz')) > 0 &&
    point('scale') !== '' &&
    point('offset') !== ''
  if (!fits) return new PulsewireError('PW_STORE_DAMAGED', 'a waveform block is damaged')
  return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2))
}
