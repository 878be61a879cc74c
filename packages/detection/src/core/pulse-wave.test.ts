import { describe, expect, test } from 'vitest'
import { every, followed, WAVE_START } from '../test-support/pulse.ts'

const seconds = 40
const timesS = (state: ReturnType<typeof followed>): number[] =>
  state.pulses.map(({ timeMs }) => (timeMs - WAVE_START) / 1000)

describe('pulses of a modelled wave', () => {
  test.each([
    [25, 0.8],
    [62.5, 0.8],
    [125, 0.8],
    [250, 0.35],
    [500, 1.6],
  ])('at %i Hz, every %f s: each once, at its upstroke', (rateHz, interval) => {
    const beats = every(interval, 3, seconds)
    const found = timesS(followed({ seconds, rateHz, beats })).filter((at) => at > 6 && at < seconds - 1)
    const given = beats.map(({ atS }) => atS).filter((at) => at > 6 && at < seconds - 1)
    expect(found).toHaveLength(given.length)
    for (const [i, at] of given.entries()) expect(Math.abs((found[i] ?? 0) - at)).toBeLessThan(0.06)
  })
  test('a dicrotic wave is no pulse of its own', () => {
    const beats = every(1.1, 3, seconds)
    const found = timesS(followed({ seconds, beats, dicrotic: 0.3 })).filter((at) => at > 6)
    expect(found.length).toBeLessThanOrEqual(beats.filter(({ atS }) => atS > 5.9).length)
  })
  test('the pressure of a pulse is its foot, its top and its mean', () => {
    const pulse = followed({ seconds, beats: every(0.8, 3, seconds), dicrotic: 0 }).pulses.at(-2)
    expect(pulse?.foot).toBeGreaterThan(69)
    expect(pulse?.foot).toBeLessThan(76)
    expect(pulse?.top).toBeGreaterThan(98)
    expect(pulse?.top).toBeLessThan(112)
    expect(pulse?.mean).toBeGreaterThan(pulse?.foot ?? 0)
    expect(pulse?.mean).toBeLessThan(pulse?.top ?? 0)
  })
  test('a small pulse of an early beat is found, and is small', () => {
    const beats = [...every(0.8, 3, 30), { atS: 29.9, height: 18 }]
    const small = followed({ seconds: 32, beats }).pulses.find(({ timeMs }) => Math.abs((timeMs - WAVE_START) / 1000 - 29.9) < 0.1) // prettier-ignore
    expect((small?.top ?? 0) - (small?.foot ?? 0)).toBeLessThan(24)
  })
  test('a wave that stops has no pulses any more', () => {
    const found = timesS(followed({ seconds, beats: every(0.8, 3, 20), noise: 0.1 }))
    expect(found.filter((at) => at > 21)).toEqual([])
  })
  test('a flat wave, and one step of the converter to and fro, have none', () => {
    expect(followed({ seconds, beats: [] }).pulses).toEqual([])
    expect(followed({ seconds, beats: [], noise: 0.01 }).pulses).toEqual([])
  })
  test('nothing is found across missing samples, and it goes on after them', () => {
    const missing = (at: number): boolean => at > 15 && at < 22
    const found = timesS(followed({ seconds, beats: every(0.8, 3, seconds), missing }))
    expect(found.filter((at) => at > 15.1 && at < 22)).toEqual([])
    expect(found.filter((at) => at > 24).length).toBeGreaterThan(15)
  })
  test('a top that is cut off is marked', () => {
    const pulses = followed({ seconds, beats: every(0.8, 3, seconds), most: 88 }).pulses.slice(5)
    expect(pulses.filter(({ cut }) => cut).length).toBeGreaterThan(0.9 * pulses.length)
  })
  test('only mm[Hg] is a pressure; another unit is a pulse all the same', () => {
    const beats = every(0.8, 3, seconds)
    expect(followed({ seconds, beats }).isPressure).toBe(true)
    const other = followed({ seconds, beats, unit: '1' })
    expect(other.isPressure).toBe(false)
    expect(other.pulses.length).toBeGreaterThan(30)
  })
})

describe('the same wave', () => {
  const model = { seconds: 30, beats: every(0.77, 2, 30), noise: 0.3 }
  test.each([0.04, 0.2, 0.5, 5])('in blocks of %f s gives the same', (blockS) => {
    expect(followed(model, blockS)).toEqual(followed(model, 1))
  })
  test('is plain data: a copy goes on the same', () => {
    const state = followed(model)
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
  test('blocks that are sent twice change nothing', () => {
    const once = followed(model)
    expect(followed({ ...model }, 1).pulses).toEqual(once.pulses)
  })
})
