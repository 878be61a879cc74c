import { describe, expect, it } from 'vitest'
import { createTrendStore } from './trend-store.ts'

const T0 = 1_790_000_040_000
const WINDOW = 10_000
const always = () => Infinity
const never = () => 0

describe('a trend’s windows', () => {
  it('what was stored is carried on by what comes live, with the lowest and highest of each window', () => {
    const store = createTrendStore(['spo2'], WINDOW)
    store.load('spo2', { mean: [[T0 - WINDOW, 95]], low: [[T0 - WINDOW, 92]], high: [[T0 - WINDOW, 97]] })
    store.add('spo2', T0, 98)
    store.add('spo2', T0 + 100, 96)
    const { times, columns } = store.table(T0 - WINDOW, T0 + WINDOW, always)
    expect(times).toEqual([T0 - WINDOW, T0])
    expect(columns.get('spo2')).toEqual({ mean: [95, 97], low: [92, 96], high: [97, 98] })
  })

  it('a gap stays a gap; what is close enough is joined', () => {
    const store = createTrendStore(['spo2'], WINDOW)
    store.load('spo2', { mean: [[T0, 95], [T0 + 2 * WINDOW, 96], [T0 + 5 * WINDOW, 97]] }) // prettier-ignore
    const cells = (joinMs: number) => store.table(T0, T0 + 6 * WINDOW, () => joinMs).columns.get('spo2')?.mean
    expect(cells(2 * WINDOW)).toEqual([95, undefined, 96, null, null, 97])
    expect(store.table(T0, T0 + 6 * WINDOW, never).columns.get('spo2')?.mean).toEqual([95, null, 96, null, null, 97])
  })

  it('no live value counts twice, and none is lost to an answer that was under way', () => {
    const store = createTrendStore(['spo2'], WINDOW)
    store.add('spo2', T0, 90)
    store.add('spo2', T0, 10)
    store.add('spo2', T0 - 5 * WINDOW, 94)
    store.load('spo2', { mean: [[T0 - 5 * WINDOW, 94]] })
    const { columns } = store.table(T0 - 5 * WINDOW, T0 + 1, always)
    expect(columns.get('spo2')?.mean.filter((cell) => cell !== undefined)).toEqual([94, 90])
  })

  it('leaves out words and series that it does not show', () => {
    const store = createTrendStore(['spo2'], WINDOW)
    store.load('spo2', { mean: [[T0, 'A']] })
    store.load('glucose', { mean: [[T0, 90]] })
    store.add('glucose', T0, 90)
    expect([...store.table(T0, T0 + WINDOW, always).columns]).toEqual([['spo2', { mean: [null], low: [null], high: [null] }]]) // prettier-ignore
    expect(store.newest('spo2')).toBeUndefined()
  })
})
