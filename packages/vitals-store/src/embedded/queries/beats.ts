import { BEAT_CLASSES, PulsewireError, type BeatClass } from '@pulsewire/contracts'
import type { VitalsStore } from '../../port.ts'
import { IntervalSet } from '../../shared/interval-set.ts'
import { extras, limitOf } from '../../shared/answer.ts'
import type { Reader } from '../reader.ts'
import { numberOf, rowsOf, textOf } from '../sql.ts'
import { BEATS } from '../tables.ts'
import { cutByCount } from './cut.ts'

const DEFAULT_LIMIT = 1_000_000
const COLUMNS = ['device', 'signal', 'start', 'stop', 'count', 'beats', 'seq', 'version']

type Query = Parameters<VitalsStore['beats']>[0]
type Beat = readonly [time: number, beatClass: BeatClass]

/** Beats of one patient. A record replaces what earlier ones said of its interval, for its device and signal. */
export async function queryBeats(reader: Reader, query: Query): ReturnType<VitalsStore['beats']> {
  const limit = limitOf(query.limit, DEFAULT_LIMIT)
  return reader.read(async (connection) => {
    const scope = { ...query, ...(query.signal === undefined ? {} : { names: [query.signal] }) }
    const next = await cutByCount(connection, await reader.sourceOf(connection, BEATS, COLUMNS, scope), query, limit)
    const to = next ?? query.to
    const source = await reader.sourceOf(connection, BEATS, COLUMNS, { ...scope, to })
    const sql = `SELECT device, signal, start, stop, beats FROM ${source.relation} ORDER BY version DESC`
    const said = new Map<string, IntervalSet>()
    const beats: Beat[] = []
    for (const [device, signal, start, stop, body] of await rowsOf(connection, sql, source.values)) {
      const series = `${textOf(device)}\0${textOf(signal)}`
      const newer = said.get(series) ?? new IntervalSet()
      said.set(series, newer)
      for (const beat of parseBeats(textOf(body))) {
        if (beat[0] >= query.from && beat[0] < to && !newer.has(Math.floor(beat[0]))) beats.push(beat)
      }
      if (numberOf(stop) > numberOf(start)) newer.add(numberOf(start), numberOf(stop) - 1)
    }
    beats.sort((one, other) => one[0] - other[0])
    return { beats, ...extras(next, source.damaged) }
  })
}

function parseBeats(body: string): Beat[] {
  const list: unknown = JSON.parse(body)
  if (!Array.isArray(list)) throw new PulsewireError('PW_STORE_DAMAGED', 'a record of beats cannot be read')
  return list.map((beat: unknown): Beat => {
    const [time, name]: unknown[] = Array.isArray(beat) ? beat : []
    const beatClass = BEAT_CLASSES.find((known) => known === name)
    if (typeof time !== 'number' || beatClass === undefined)
      throw new PulsewireError('PW_STORE_DAMAGED', 'a beat cannot be read')
    return [time, beatClass]
  })
}
