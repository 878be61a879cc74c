import { describe, expect, test } from 'vitest'
import { averageNoise, averageOf, FROM_MS, POINTS, pointAt, STEP_MS, type CutBeat } from './average-beat.ts'
import { addSlopes, qrsEdges, type QrsEdges } from './delineation.ts'
import { levelError, measureAt } from './measure.ts'
import { createRandom } from '../testing/synthetic-ecg.ts'

type Wave = readonly [atMs: number, mv: number, sdMs: number]

const waves = (...all: readonly Wave[]): Float32Array =>
  Float32Array.from({ length: POINTS }, (_, p) =>
    all.reduce((sum, [at, mv, sd]) => sum + mv * Math.exp(-0.5 * ((FROM_MS + p * STEP_MS - at) / sd) ** 2), 0),
  )

function edgesOf(values: Float32Array, noiseMv = 0.0005): QrsEdges {
  const slopes = new Float64Array(POINTS)
  const noise = Math.sqrt(addSlopes(values, noiseMv, 0, 1, slopes))
  return qrsEdges(slopes.map(Math.sqrt), noise)
}

const P: Wave = [-150, 0.12, 18]
const R: Wave = [0, 1, 9]
const S: Wave = [26, -0.25, 7]
const T: Wave = [280, 0.4, 45]

describe('edges of the QRS complex', () => {
  test('lie outside of R and S', () => {
    const { onsetMs, jMs, clear } = edgesOf(waves(P, R, S, T))
    expect(onsetMs).toBeGreaterThanOrEqual(-40)
    expect(onsetMs).toBeLessThanOrEqual(-24)
    expect(jMs).toBeGreaterThanOrEqual(40)
    expect(jMs).toBeLessThanOrEqual(56)
    expect(clear).toBe(true)
  })
  test('the onset is before Q, and the PQ level is not read on it', () => {
    const beat = waves(P, [-26, -0.12, 6], R, S, T)
    const { onsetMs, jMs } = edgesOf(beat)
    expect(onsetMs).toBeLessThanOrEqual(-38)
    expect(Math.abs(measureAt(beat, onsetMs, jMs, 60).jMv)).toBeLessThan(0.006)
    expect(measureAt(beat, onsetMs, jMs, 60).qMv).toBeCloseTo(-0.1, 1)
  })
  test('J is after a notch at the end of the complex (Jt)', () => {
    expect(edgesOf(waves(P, R, [42, 0.15, 6], T)).jMs).toBeGreaterThanOrEqual(54)
  })
  test('the foot of a tall T wave is not taken for the complex', () => {
    expect(edgesOf(waves(P, R, S, [220, 1, 50])).jMs).toBeLessThanOrEqual(60)
  })
  test('are the same within 12 ms with noise', () => {
    const random = createRandom(3)
    const clean = waves(P, R, S, T)
    const noisy = clean.map((value) => value + 0.02 * (random() + random() + random() - 1.5))
    const [a, b] = [edgesOf(clean), edgesOf(noisy, 0.01)]
    expect(Math.abs(a.onsetMs - b.onsetMs)).toBeLessThanOrEqual(12)
    expect(Math.abs(a.jMs - b.jMs)).toBeLessThanOrEqual(12)
  })
  test('are not clear where nothing comes to rest', () => {
    const saw = Float32Array.from({ length: POINTS }, (_, p) => 0.3 * Math.sin(p / 2))
    expect(edgesOf(saw).clear).toBe(false)
  })
})

describe('what is measured', () => {
  test('waves, their sizes, and the end of T by its tangent', () => {
    const beat = waves(P, R, S, T)
    const { onsetMs, jMs } = edgesOf(beat)
    const measured = measureAt(beat, onsetMs, jMs, 60)
    expect(measured.rMv).toBeCloseTo(1, 1)
    expect(measured.sMv).toBeCloseTo(-0.22, 1)
    expect(measured.tAmplitudeMv).toBeCloseTo(0.4, 2)
    // A Gaussian's tangent in its steepest point meets the level two widths from the middle.
    expect(measured.qtMs + onsetMs).toBeCloseTo(280 + 2 * 45, -1)
  })
  test('the level is at J+60 above 120 /min', () => {
    const beat = waves(P, R, [150, 0.4, 40])
    expect(measureAt(beat, -30, 30, 130).levelMv).toBe(measureAt(beat, -30, 30, 130).j60Mv)
    expect(measureAt(beat, -30, 30, 110).levelMv).toBe(measureAt(beat, -30, 30, 110).j80Mv)
  })
})

describe('an average', () => {
  const random = createRandom(5)
  const gauss = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3)
  const beats = (count: number, noiseMv: number, off: (i: number) => number = () => 0): CutBeat[] =>
    Array.from({ length: count }, (_, i) => ({
      timeMs: i * 800,
      values: waves(P, R, S, T).map((value, p) => value + noiseMv * gauss() + (p > pointAt(60) ? off(i) : 0)),
    }))

  test('is not moved by one beat that is far off', () => {
    const values = new Float32Array(POINTS)
    averageOf(
      beats(8, 0, (i) => (i === 3 ? 2 : 0)),
      values,
    )
    expect(values[pointAt(100)]).toBeCloseTo(waves(P, R, S, T)[pointAt(100)] ?? NaN, 6)
  })
  test('knows the noise that is left in it', () => {
    const estimates = Array.from({ length: 20 }, () => averageNoise(beats(9, 0.06)))
    expect(estimates.reduce((sum, each) => sum + each, 0) / 20).toBeCloseTo(0.06 / Math.sqrt(8), 2)
    expect(averageNoise(beats(9, 0))).toBeCloseTo(0, 6)
  })
  test('its level is as uncertain as the beats differ in it, and one that is far off hardly counts', () => {
    const spread = (count: number, extra: (i: number) => number): number =>
      levelError(
        beats(count, 0, (i) => (i % 2 === 0 ? 0.05 : -0.05) + extra(i)),
        -40,
        50,
      )
    expect(spread(12, () => 0)).toBeGreaterThan(0.05 / Math.sqrt(12))
    expect(spread(12, (i) => (i === 4 ? 3 : 0))).toBeLessThan(1.3 * spread(12, () => 0))
    expect(levelError(beats(3, 0), -40, 50)).toBeNaN()
  })
})
