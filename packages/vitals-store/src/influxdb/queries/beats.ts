import { flux } from '@influxdata/influxdb-client'
import { BEAT_CLASSES, PulsewireError, type BeatClass } from '@pulsewire/contracts'
import type { DamagedRange, VitalsStore } from '../../port.ts'
import { extras, limitOf } from '../../shared/answer.ts'
import { IntervalSet } from '../../shared/interval-set.ts'
import type { InfluxClient } from '../client.ts'
import { allOf, clamped, instantOf, oneOf } from '../flux.ts'
import { collectPoints, startRanges } from './lasting.ts'
import { cutByCount } from './pages.ts'

const DEFAULT_LIMIT = 1_000_000
const FIELDS = ['count', 'durationMs', 'beats', 'rank']

type Query = Parameters<VitalsStore['beats']>[0]
type Beat = readonly [time: number, beatClass: BeatClass]

/** Beats of one patient. A record replaces what earlier ones said of its interval, for its device and signal. */
export async function queryBeats(client: InfluxClient, query: Query): ReturnType<VitalsStore['beats']> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  const range = clamped(query)
  if (range === undefined) return { beats: [] }
  const scope = allOf(
    flux`r._measurement == "beats"`,
    oneOf('patient', [query.patient]),
    query.device === undefined ? undefined : oneOf('device', [query.device]),
    query.signal === undefined ? undefined : oneOf('signal', [query.signal]),
  )
  const records = []
  for (const part of await startRanges(client, scope, range)) {
    for (const point of await collectPoints(client, scope, part, ['device', 'signal'], FIELDS)) {
      const start = instantOf(point('_time')).ms
      const stop = start + Number(point('durationMs'))
      if (stop <= range.from && stop > start) continue
      const series = `${point('device')}\0${point('signal')}`
      records.push({
        series,
        start,
        stop,
        count: Number(point('count')),
        rank: Number(point('rank')),
        body: point('beats'),
      })
    }
  }
  const next = cutByCount(records, query.from, limit)
  const to = next ?? query.to
  const said = new Map<string, IntervalSet>()
  const beats: Beat[] = []
  const damaged: DamagedRange[] = []
  for (const { series, start, stop, body } of records.sort((one, other) => other.rank - one.rank)) {
    if (start >= to) continue
    const newer = said.get(series) ?? new IntervalSet()
    said.set(series, newer)
    const list = parseBeats(body)
    if (list === undefined) damaged.push({ from: start, to: stop, detail: 'a record of beats cannot be read' })
    for (const beat of list ?? []) {
      if (beat[0] >= query.from && beat[0] < to && !newer.has(Math.floor(beat[0]))) beats.push(beat)
    }
    if (stop > start) newer.add(start, stop - 1)
  }
  beats.sort((one, other) => one[0] - other[0])
  return { beats, ...extras(next, damaged) }
}

function parseBeats(body: string): Beat[] | undefined {
  try {
    const list: unknown = JSON.parse(body)
    if (!Array.isArray(list)) return undefined
    return list.map((beat: unknown): Beat => {
      const [time, name]: unknown[] = Array.isArray(beat) ? beat : []
      const beatClass = BEAT_CLASSES.find((known) => known === name)
      if (typeof time === 'number' && beatClass !== undefined) return [time, beatClass]
      throw new PulsewireError('PW_STORE_DAMAGED', 'a beat cannot be read')
    })
  } catch {
    return undefined // told as damaged
  }
}
