import { describe, expect, it } from 'vitest'
import { SCENARIOS } from '../scenarios/index.ts'
import { LEADS, type LeadName } from './leads.ts'
import { createPhysiology, type Second } from './physiology.ts'
import type { Scenario } from './scenario.ts'
import { onsetS } from './scenario.ts'

const ALL = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const satisfies LeadName[]
const RATE = 250

function seconds(scenario: Scenario, count: number, seed = 5): Second[] {
  const physiology = createPhysiology(scenario, seed, { leads: ALL })
  return Array.from({ length: count }, () => physiology.next())
}

function lead(course: readonly Second[], name: LeadName): Float64Array {
  const samples = new Float64Array(course.length * RATE)
  course.forEach((second, index) => samples.set(second.leads.get(name) ?? [], index * RATE))
  return samples
}

/** The mean of five samples around a moment relative to the R peaks of normal beats in `[fromS, toS)`, against the PR segment. */
function level(course: readonly Second[], name: LeadName, atS: number, fromS: number, toS: number): number {
  const samples = lead(course, name)
  const at = (timeS: number): number => {
    const centre = Math.round(timeS * RATE)
    return samples.slice(centre - 2, centre + 3).reduce((sum, value) => sum + value / 5, 0)
  }
  const beats = course
    .flatMap((second) => second.beats)
    .filter((beat) => beat.kind === 'N' && beat.timeS >= fromS && beat.timeS < toS)
  expect(beats.length).toBeGreaterThan(3)
  return beats.reduce((sum, { timeS }) => sum + (at(timeS + atS) - at(timeS - 0.065)) / beats.length, 0)
}

/** The J point and 60 ms after it. */
const J_S = 0.055
const J60_S = 0.115

describe('a healthy patient', () => {
  const course = seconds(SCENARIOS.healthy, 120)

  it('has an ST segment within 0.03 mV of the base line in every lead', () => {
    for (const name of ALL) {
      expect(Math.abs(level(course, name, J_S, 2, 118))).toBeLessThan(0.03)
      expect(Math.abs(level(course, name, J60_S, 2, 118))).toBeLessThan(0.03)
    }
  })

  it('has a QRS complex of about 90 ms in lead II', () => {
    const quiet: Scenario = { ...SCENARIOS.healthy, from: { noiseMv: 0 } }
    const still = seconds(quiet, 20)
    const samples = lead(still, 'II')
    const beat = still.flatMap((second) => second.beats).find(({ timeS }) => timeS > 5)
    const r = Math.round((beat?.timeS ?? 0) * RATE)
    const steep = (index: number): boolean => Math.abs((samples[index + 1] ?? 0) - (samples[index - 1] ?? 0)) > 0.015
    // from the end of P to the start of T
    const active = Array.from({ length: 39 }, (_, index) => r - 18 + index).filter(steep)
    const durationMs = (((active.at(-1) ?? 0) - (active[0] ?? 0)) * 1000) / RATE
    expect(durationMs).toBeGreaterThanOrEqual(70)
    expect(durationMs).toBeLessThanOrEqual(105)
  })

  it('has P and T waves and an R peak where the beat list says', () => {
    expect(level(course, 'II', 0, 2, 118)).toBeGreaterThan(0.7)
    expect(level(course, 'II', -0.14, 2, 118)).toBeGreaterThan(0.05)
    const t = Math.max(...Array.from({ length: 30 }, (_, k) => level(course, 'II', 0.2 + k * 0.005, 2, 118)))
    expect(t).toBeGreaterThan(0.15)
  })

  it('varies its RR interval as a heart does', () => {
    const times = course.flatMap((second) => second.beats).map(({ timeS }) => timeS)
    const rr = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    const mean = rr.reduce((sum, value) => sum + value, 0) / rr.length
    const sdnn = Math.sqrt(rr.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rr.length)
    expect(60 / mean).toBeGreaterThan(55)
    expect(60 / mean).toBeLessThan(90)
    expect(sdnn).toBeGreaterThan(0.01)
    expect(sdnn).toBeLessThan(0.08)
  })

  it('keeps its vitals where no early-warning score counts them', () => {
    for (const seed of [1, 2, 3, 4]) {
      for (const { body, heartRate } of seconds(SCENARIOS.healthy, 400, seed)) {
        expect(heartRate).toBeGreaterThan(50)
        expect(heartRate).toBeLessThan(91)
        expect(body.systolic).toBeGreaterThan(110.5)
        expect(Math.round(body.spo2)).toBeGreaterThanOrEqual(96)
        expect(Math.round(body.respirationRate)).toBeGreaterThanOrEqual(12)
        expect(Math.round(body.respirationRate)).toBeLessThanOrEqual(20)
        expect(body.temperature).toBeGreaterThan(36.1)
        expect(body.temperature).toBeLessThan(38)
      }
    }
  })
})

describe('the leads', () => {
  it('follow Einthoven and Goldberger, noise and all', () => {
    const course = seconds(SCENARIOS['inferior-infarction'], 60)
    const [i, ii, iii, avr, avl, avf] = (['I', 'II', 'III', 'aVR', 'aVL', 'aVF'] as const).map((name) =>
      lead(course, name),
    )
    for (let index = 0; index < course.length * RATE; index += 17) {
      const [one, two] = [i?.[index] ?? 0, ii?.[index] ?? 0]
      expect(iii?.[index]).toBeCloseTo(two - one, 9)
      expect(avr?.[index]).toBeCloseTo(-(one + two) / 2, 9)
      expect(avl?.[index]).toBeCloseTo(one - two / 2, 9)
      expect(avf?.[index]).toBeCloseTo(two - one / 2, 9)
    }
  })

  it('measure nothing while an electrode of theirs is off', () => {
    const off = seconds(SCENARIOS['lead-off'], 60).at(-1)
    for (const name of ALL) {
      const needsFoot = (LEADS[name].electrodes.LL ?? 0) !== 0
      expect(Number.isNaN(off?.leads.get(name)?.[10] ?? 0)).toBe(needsFoot)
    }
  })
})

describe('a heart attack', () => {
  const cases = [
    ['anterior-infarction', ['V2', 'V3', 'V4'], ['III', 'aVF']],
    ['inferior-infarction', ['II', 'III', 'aVF'], ['aVL', 'I']],
  ] as const
  it.each(cases)(
    '%s: ST up by 0.2 mV in three contiguous leads within 15 s, growing, with reciprocal depression',
    (name, up, down) => {
      const scenario = SCENARIOS[name]
      const course = seconds(scenario, 240)
      const onset = onsetS(scenario)
      for (const elevated of up) {
        expect(Math.abs(level(course, elevated, J_S, 2, onset - 1))).toBeLessThan(0.03)
        const early = level(course, elevated, J_S, onset + 13, onset + 18)
        expect(early).toBeGreaterThanOrEqual(0.2)
        expect(level(course, elevated, J_S, 200, 238)).toBeGreaterThan(early + 0.1)
      }
      for (const reciprocal of down) expect(level(course, reciprocal, J_S, onset + 13, onset + 30)).toBeLessThan(-0.08)
      expect(course.flatMap((second) => second.events)).toContainEqual(
        expect.objectContaining({ event: 'symptom', detail: 'chest-pain' }),
      )
      expect(course.at(-1)?.body.systolic).toBeLessThan((course[20]?.body.systolic ?? 0) - 5)
    },
  )
})

describe('the other scenarios', () => {
  it('atrial fibrillation: no P waves, irregular', () => {
    const course = seconds(SCENARIOS['atrial-fibrillation'], 120)
    expect(level(course, 'II', -0.14, 60, 118)).toBeLessThan(0.03)
    const times = course
      .flatMap((second) => second.beats)
      .map(({ timeS }) => timeS)
      .filter((time) => time > 60)
    const rr = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    const mean = rr.reduce((sum, value) => sum + value, 0) / rr.length
    const spread = Math.sqrt(rr.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rr.length) / mean
    expect(spread).toBeGreaterThan(0.12)
  })

  it('ventricular tachycardia above 150 /min, then fibrillation without beats but with voltage', () => {
    const course = seconds(SCENARIOS['vt-vf'], 120)
    const tachycardia = course.slice(35, 52).flatMap((second) => second.beats)
    expect(tachycardia.length / 17).toBeGreaterThan(150 / 60)
    expect(tachycardia.every((beat) => beat.kind === 'V')).toBe(true)
    const fibrillation = course.slice(60, 120)
    expect(fibrillation.flatMap((second) => second.beats)).toHaveLength(0)
    const samples = lead(fibrillation, 'II')
    const rms = Math.sqrt(samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length)
    expect(rms).toBeGreaterThan(0.12)
    expect(fibrillation.at(-1)?.heartRate).toBeUndefined()
    expect(fibrillation.at(-1)?.body.systolic).toBeLessThan(45)
  })

  it('sepsis: the rate answers fever and pressure beyond what the scenario asks of it', () => {
    const course = seconds(SCENARIOS.sepsis, 660)
    const last = course.at(-1)
    expect(last?.heartRate).toBeGreaterThan(110)
    expect(last?.body.respirationRate).toBeGreaterThan(24)
    expect(last?.body.systolic).toBeLessThan(95)
    expect(last?.body.temperature).toBeGreaterThan(38.9)
    expect(last?.body.spo2).toBeLessThan(93)
  })

  it('hypoglycaemia: the sugar falls and the patient sweats', () => {
    const course = seconds(SCENARIOS.hypoglycaemia, 420)
    expect(course.at(-1)?.body.glucose).toBeLessThan(54)
    expect(course.at(-1)?.body.skinConductance).toBeGreaterThan((course[10]?.body.skinConductance ?? 0) + 5)
  })

  it('a flat battery ends at 0', () => {
    expect(seconds(SCENARIOS['flat-battery'], 245).at(-1)?.parameters.battery).toBe(0)
  })
})

describe('the same seed', () => {
  it('gives the same patient, another seed another one', () => {
    const take = (seed: number): number[] => [...lead(seconds(SCENARIOS.healthy, 8, seed), 'V3')]
    expect(take(9)).toEqual(take(9))
    expect(take(9)).not.toEqual(take(10))
  })

  it('gives the same samples of a lead whatever other leads are sent', () => {
    const alone = createPhysiology(SCENARIOS.healthy, 3, { leads: ['V2'] })
    const among = createPhysiology(SCENARIOS.healthy, 3, { leads: ALL })
    for (let second = 0; second < 5; second++) {
      expect([...(alone.next().leads.get('V2') ?? [])]).toEqual([...(among.next().leads.get('V2') ?? [])])
    }
  })
})
