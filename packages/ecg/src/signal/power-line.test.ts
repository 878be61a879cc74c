import { describe, expect, test } from 'vitest'
import { analyse, only, beatTimes } from '../testing/run-analyzer.ts'
import { beatsEvery, createRandom, synthesise } from '../testing/synthetic-ecg.ts'
import { powerLineOf } from './power-line.ts'
import { createRing, put } from './ring.ts'

const SECONDS = 20
const beats = beatsEvery(Array.from({ length: 24 }, () => 800))

describe.each([250, 360, 500])('at %i Hz', (rateHz) => {
  const samples = synthesise(beats, SECONDS, rateHz)
  const hum = (frequencyHz: number, mv: number): Float64Array =>
    samples.map((value, i) => value + mv * Math.sin((2 * Math.PI * frequencyHz * i) / rateHz + 1))
  const reasonsOf = (signal: Float64Array) => new Set(only(analyse(signal, { rateHz, lead: 'II' }), 'quality').flatMap(({ reasons }) => reasons)) // prettier-ignore

  test.each([50, 60])('hum of %i Hz is measured, whatever the frequency beside it', (frequencyHz) => {
    const ring = createRing(rateHz)
    for (let i = 0; i < rateHz; i++) put(ring, (hum(frequencyHz, 0.3)[i] ?? 0) + 0.1 * Math.sin((2 * Math.PI * (110 - frequencyHz) * i) / rateHz)) // prettier-ignore
    const found = powerLineOf(ring, 0, rateHz, rateHz)
    expect(found.frequencyHz).toBe(frequencyHz)
    expect(found.amplitudeMv).toBeCloseTo(0.3, 1)
  })

  test.each([50, 60])('hum of %i Hz is called so, and no noise; the beats are all found', (frequencyHz) => {
    const signal = hum(frequencyHz, 0.6)
    expect([...reasonsOf(signal)]).toEqual(['power-line'])
    const sure = beats.filter(({ timeMs }) => timeMs < (SECONDS - 1) * 1000)
    const found = beatTimes(analyse(signal, { rateHz, lead: 'II' }))
    expect(sure.filter(({ timeMs }) => !found.some((at) => Math.abs(at - timeMs) < 40))).toEqual([])
  })

  test('muscle noise of the same strength is noise', () => {
    const random = createRandom(5)
    expect([...reasonsOf(samples.map((value) => value + 0.9 * (random() + random() - 1)))]).toEqual(['noise'])
  })

  test('both together are noise; so is the hum of an electrode that touches nothing', () => {
    const random = createRandom(6)
    expect(reasonsOf(hum(50, 0.5).map((value) => value + 1.2 * (random() + random() - 1)))).toContain('noise')
    expect([...reasonsOf(hum(50, 3))]).toEqual(['noise'])
  })

  test('a clean lead has neither', () => expect([...reasonsOf(samples)]).toEqual([]))
})
