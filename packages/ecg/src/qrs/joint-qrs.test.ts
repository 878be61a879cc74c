import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEcgAnalyzer } from '../analyzer.ts'
import { beatsEvery, createRandom, synthesise } from '../testing/synthetic-ecg.ts'
import { createJointQrs, decideJointly, hearPeak, hearSecond, trustIn, type JointQrs } from './joint-qrs.ts'

const RATE_HZ = 125
const SECONDS = 30
const random = createRandom(7)
const BEATS = beatsEvery(Array.from({ length: 34 }, () => 700 + 250 * random()))
const TRUE_MS = BEATS.map(({ timeMs }) => timeMs).filter((timeMs) => timeMs < SECONDS * 1000 - 100)
const clean = synthesise(BEATS, SECONDS, RATE_HZ, { seed: 1 })
const other = synthesise(BEATS, SECONDS, RATE_HZ, { seed: 2 }).map((mv) => 0.6 * mv)

/** Beats out of leads whose samples come in blocks of the given lengths, again and again, and two seconds without samples after them. */
function together(leads: readonly Float64Array[], blocks: readonly number[] = [RATE_HZ]) {
  const joint: JointQrs = createJointQrs()
  const analyzers = leads.map((_, i) => createEcgAnalyzer({ rateHz: RATE_HZ, lead: `${i}` }))
  const found: number[] = []
  const length = (SECONDS + 2) * RATE_HZ
  for (let from = 0, n = 0; from < length; n++) {
    const to = Math.min(length, from + (blocks[n % blocks.length] ?? RATE_HZ))
    for (const [i, analyzer] of analyzers.entries()) {
      const samples = Float64Array.from({ length: to - from }, (_, k) => leads[i]?.[from + k] ?? NaN)
      for (const output of analyzer.push((from * 1000) / RATE_HZ, samples)) {
        if (output.kind === 'peak') hearPeak(joint, `${i}`, output)
        else if (output.kind === 'quality') hearSecond(joint, `${i}`, output.timeMs, output.quality)
      }
    }
    from = to
    found.push(...decideJointly(joint, (to * 1000) / RATE_HZ).map(({ timeMs }) => timeMs))
  }
  return { joint, found }
}

/** Missed beats and invented ones, within 100 ms. */
function errorsOf(found: readonly number[], trueMs: readonly number[] = TRUE_MS) {
  const near = (list: readonly number[], timeMs: number) => list.some((each) => Math.abs(each - timeMs) < 100)
  return {
    missed: trueMs.filter((timeMs) => !near(found, timeMs)).length,
    invented: found.length - trueMs.filter((timeMs) => near(found, timeMs)).length,
  }
}
const NO_ERRORS = { missed: 0, invented: 0 }

/** A lead that is itself for ten seconds, and then something else. */
function then(after: (mv: number, i: number) => number): Float64Array {
  return clean.map((mv, i) => (i < 10 * RATE_HZ ? mv : after(mv, i)))
}
const shifted = (ms: number): Float64Array =>
  synthesise(BEATS.map((beat) => ({ ...beat, timeMs: beat.timeMs + ms })), SECONDS, RATE_HZ, { seed: 3 }) // prettier-ignore
const strongNoise = synthesise([], SECONDS, RATE_HZ, { noiseMv: 0.5, seed: 4 })

describe('of two leads, the first', () => {
  test.each([
    ['as good as the other', clean],
    ['flat', then(() => 0)],
    ['missing', then(() => NaN)],
    ['at its rail', then(() => 5)],
    ['nothing but noise', then((_, i) => strongNoise[i] ?? 0)],
    ['turned over now and then', clean.map((mv, i) => (Math.floor(i / (5 * RATE_HZ)) % 2 === 0 ? mv : -mv))],
    ['low', then((mv) => 0.05 * mv)],
    ['without signal all the time', new Float64Array(SECONDS * RATE_HZ)],
    ['50 ms early', shifted(-50)],
    ['50 ms late', shifted(50)],
  ])('%s: no beat is lost, none invented', (_, first) => {
    expect(errorsOf(together([first, other]).found)).toEqual(NO_ERRORS)
    expect(errorsOf(together([other, first]).found)).toEqual(NO_ERRORS)
  })
})

test('bumps that one lead alone shows between the beats are none', () => {
  const at = beatsEvery(Array.from({ length: 14 }, () => 900 + 600 * random()), 'V', 10_300) // prettier-ignore
  const bumps = synthesise(at, SECONDS, RATE_HZ, { noiseMv: 0, wanderMv: 0 })
  expect(errorsOf(together([clean.map((mv, i) => mv + 0.7 * (bumps[i] ?? 0)), other]).found)).toEqual(NO_ERRORS)
})

test('a beat that one lead loses for good, and the other has, goes on; the lead that lost it is trusted less', () => {
  const { joint, found } = together([then((_, i) => strongNoise[i] ?? 0), other])
  expect(errorsOf(found)).toEqual(NO_ERRORS)
  expect(trustIn(joint, '1')).toBeGreaterThan(0.95)
  expect(trustIn(joint, '0')).toBeLessThan(0.7)
})

test('a standstill in both leads has no beats, whatever is left of noise', () => {
  const before = BEATS.filter(({ timeMs }) => timeMs < 12_000)
  const leads = [5, 6].map((seed) => synthesise(before, SECONDS, RATE_HZ, { seed }))
  const { found } = together(leads)
  expect(errorsOf(found, before.map(({ timeMs }) => timeMs))).toEqual(NO_ERRORS) // prettier-ignore
})

test('the same beats however the samples are cut into blocks', () => {
  const leads = [then((_, i) => strongNoise[i] ?? 0), other]
  const { found } = together(leads)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 * RATE_HZ }), { minLength: 1, maxLength: 6 }), (blocks) => {
      expect(together(leads, blocks).found).toEqual(found)
    }),
    { numRuns: 6 },
  )
})

test('a clock that was set back begins anew', () => {
  const { joint } = together([clean, other])
  expect(decideJointly(joint, 5_000)).toEqual([])
  expect(joint.root.index).toBe(-1)
})

test('a lead whose electrode hardly touches, readable and full of nothing, cannot talk the other out of its beats for long', () => {
  const joint = createJointQrs()
  const found: number[] = []
  const beats = beatsEvery(Array.from({ length: 60 }, () => 450 + 900 * random())).map(({ timeMs }) => timeMs)
  const endMs = Math.floor((beats.at(-1) ?? 0) / 1000) * 1000
  for (let nowMs = 1000; nowMs <= endMs; nowMs += 1000) {
    for (const timeMs of beats.filter((each) => each >= nowMs - 1000 && each < nowMs)) {
      // Without order, and of a low lead: not sure enough to stand against one that has a peak there and holds it for none.
      hearPeak(joint, 'other', { kind: 'peak', timeMs, saidMs: timeMs + 300, odds: 3, slope: 0.1 })
      hearPeak(joint, 'fading', {
        kind: 'peak',
        timeMs,
        saidMs: timeMs + 300,
        odds: timeMs < 10_000 ? 6 : -8,
        slope: 0.2,
      })
    }
    for (const lead of ['fading', 'other']) hearSecond(joint, lead, nowMs, 1)
    found.push(...decideJointly(joint, nowMs).map(({ timeMs }) => timeMs))
  }
  const within = (list: readonly number[], fromMs: number, toMs: number) =>
    list.filter((each) => each >= fromMs && each < toMs).length
  expect(within(found, 0, 10_000)).toBe(within(beats, 0, 10_000))
  expect(within(found, 20_000, endMs - 2000)).toBe(within(beats, 20_000, endMs - 2000))
})
