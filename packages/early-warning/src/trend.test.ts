import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTrendState, stepTrend, theilSen, TREND_OPTIONS, type TrendState, type TrendStep } from './trend.ts'

const MINUTE_MS = 60_000
const START = 1_800_000_000_000

/** One value each 10 s; what was said, with the minute at which it was said first. */
function run(valueAt: (minute: number) => number, minutes: number, code: keyof typeof TREND_OPTIONS = 'heartRate') {
  const state = createTrendState()
  const told: { minute: number; step: TrendStep }[] = []
  for (let ms = 0; ms < minutes * MINUTE_MS; ms += 10_000) {
    const minute = ms / MINUTE_MS
    const steps = stepTrend(state, START + ms, valueAt(minute), TREND_OPTIONS[code])
    told.push(...steps.map((step) => ({ minute, step })))
  }
  return { state, told }
}
/** A wobble that repeats with nothing else, of some beats. */
const wobble = (minute: number): number => 6 * Math.sin(minute * 2.1) + 4 * Math.sin(minute * 17.3)
const sizeOf = (state: TrendState): number => JSON.stringify(state).length

describe('the slope of Theil and Sen', () => {
  test('one wild point changes nothing', () => {
    const line = Array.from({ length: 11 }, (_, index): [number, number] => [index, 2 * index])
    const spoiled = line.map(([time, value], index): [number, number] => [time, index === 5 ? 900 : value])
    expect(theilSen(spoiled)?.perMs).toBeCloseTo(2)
  })
  test('noise goes either way', () => {
    const noise = Array.from({ length: 20 }, (_, index): [number, number] => [index, index % 2])
    expect(theilSen(noise)?.rising).toBeGreaterThan(0.4)
    expect(theilSen(noise)?.rising).toBeLessThan(0.6)
  })
  test('without two points there is none', () => expect(theilSen([[0, 1]])).toBeUndefined())
})

describe('a change against the own baseline', () => {
  test('a rate that creeps up by 30 in an hour is said while it goes on', () => {
    const { told } = run((minute) => 72 + wobble(minute) + (minute > 120 ? Math.min(30, (minute - 120) / 2) : 0), 200)
    const first = told.find(({ step }) => step.kind === 'changed')
    expect(first?.minute).toBeGreaterThan(150)
    expect(first?.minute).toBeLessThan(185)
    const last = told.findLast(({ step }) => step.kind === 'changed')?.step
    expect(last).toMatchObject({ change: { direction: 'rising', marked: false } })
    expect(last?.kind === 'changed' && Math.abs(last.change.from - 72) < 4 && Math.abs(last.change.to - 102) < 6).toBe(
      true,
    )
  })
  test('a wobble is no change', () => expect(run((minute) => 85 + wobble(minute), 400).told).toEqual([]))
  test('nor is a quarter of an hour of it', () => {
    expect(run((minute) => (minute > 120 && minute < 128 ? 125 : 72), 240).told).toEqual([])
  })
  test('nor a rate that comes down to normal', () => {
    expect(run((minute) => (minute < 120 ? 112 : Math.max(82, 112 - (minute - 120))), 240).told).toEqual([])
  })
  test('it ends when it is half way back, and the new level is the usual one after four hours', () => {
    const back = run((minute) => (minute > 120 && minute < 220 ? 112 : 72), 300).told.at(-1)
    expect(back?.step.kind).toBe('ended')
    const stays = run((minute) => (minute > 120 ? 112 : 72), 500).told
    expect(stays.at(-1)?.step.kind).toBe('ended')
    expect(stays.filter(({ step }) => step.kind === 'ended')).toHaveLength(1)
  })
  test('SpO2 that slides from 98 to 91 is marked', () => {
    const { told } = run((minute) => 98 - Math.max(0, Math.min(7, (minute - 100) / 10)), 220, 'spo2')
    expect(told.at(-1)?.step).toMatchObject({ kind: 'changed', change: { direction: 'falling', marked: true } })
  })
  test('a cuff each half hour: a pressure that falls from 150 to 105', () => {
    const state = createTrendState()
    const told = Array.from({ length: 24 }, (_, index) => {
      const systolic = index < 12 ? 150 : Math.max(105, 150 - 12 * (index - 11))
      return stepTrend(state, START + index * 30 * MINUTE_MS, systolic, TREND_OPTIONS.systolic)
    }).flat()
    expect(told.at(-1)).toMatchObject({
      kind: 'changed',
      change: { direction: 'falling', from: 150, to: 105, marked: true },
    })
  })
})

describe('the state', () => {
  test('stays as small after a week as after a day', () => {
    const day = sizeOf(run((minute) => 72 + wobble(minute), 24 * 60).state)
    const week = sizeOf(run((minute) => 72 + wobble(minute), 7 * 24 * 60).state)
    expect(week).toBeLessThan(1.2 * day)
    expect(week).toBeLessThan(4_000)
  })
  test('survives JSON, and shifts in time change nothing but the times', () => {
    const shape = fc.tuple(fc.integer({ min: 60, max: 110 }), fc.integer({ min: -40, max: 60 }), fc.nat(5_000))
    fc.assert(
      fc.property(shape, ([base, change, shift]) => {
        let [state, shifted] = [createTrendState(), createTrendState()]
        const told: [TrendStep[], TrendStep[]] = [[], []]
        // A shift by whole buckets, as their edges are those of the clock.
        const shiftMs = shift * 20 * MINUTE_MS
        for (let minute = 0; minute < 300; minute++) {
          const value = base + wobble(minute) + (minute > 150 ? change : 0)
          const atMs = START + minute * MINUTE_MS
          told[0].push(...stepTrend(state, atMs, value, TREND_OPTIONS.heartRate))
          told[1].push(...stepTrend(shifted, atMs + shiftMs, value, TREND_OPTIONS.heartRate))
          if (minute % 50 === 0) state = JSON.parse(JSON.stringify(state)) as TrendState
        }
        expect(told[1].map(({ kind }) => kind)).toEqual(told[0].map(({ kind }) => kind))
      }),
      { numRuns: 25 },
    )
  })
})
