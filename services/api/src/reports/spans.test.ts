import { describe, expect, test } from 'vitest'
import { completenessOf, silentSpans } from './completeness.ts'
import { lengthMs, overlapMs, unmonitoredSpans, without, wornSpans } from './spans.ts'

const range = { from: 100, to: 200 }

describe('spans', () => {
  test('a device is worn from one entry of its history to the next, cut to the range', () => {
    const spans = [
      { patient: 'p1', from: 0 },
      { patient: 'p2', from: 120 },
      { patient: 'p1', from: 150 },
      { patient: null, from: 180 },
    ]
    expect(wornSpans(spans, 'p1', range)).toEqual([
      { from: 100, to: 120 },
      { from: 150, to: 180 },
    ])
    expect(wornSpans(spans, 'p2', range)).toEqual([{ from: 120, to: 150 }])
    expect(wornSpans([], 'p1', range)).toEqual([])
  })

  test('standby lasts until monitoring is on again, its own end, or the range’s', () => {
    const asked = (at: number, state: 'on' | 'standby' | 'discharged', until?: number) => ({ type: 'monitoring', id: String(at), patient: 'p1', by: 'amal', at, state, ...(until === undefined ? {} : { until }) }) as const // prettier-ignore
    expect(unmonitoredSpans([asked(50, 'standby', 110), asked(130, 'standby'), asked(140, 'on'), asked(190, 'discharged')], { state: 'on' }, range)).toEqual([
      { from: 100, to: 110, by: 'amal', state: 'standby' },
      { from: 130, to: 140, by: 'amal', state: 'standby' },
      { from: 190, to: 200, by: 'amal', state: 'discharged' },
    ]) // prettier-ignore
    expect(unmonitoredSpans([], { state: 'standby' }, range)).toEqual([{ ...range, state: 'standby' }])
    expect(unmonitoredSpans([], { state: 'on' }, range)).toEqual([])
  })

  test('what is left of one without another', () => {
    const left = without([range], [{ from: 90, to: 110 }, { from: 150, to: 160 }]) // prettier-ignore
    expect(left).toEqual([
      { from: 110, to: 150 },
      { from: 160, to: 200 },
    ])
    expect([lengthMs(left), overlapMs(left, { from: 140, to: 170 })]).toEqual([80, 20])
  })
})

describe('completeness', () => {
  test('values are expected as often as usual; more in one window makes up for nothing in another', () => {
    const vital = { kind: 'vital' as const, windows: [[100, 10], [110, 10], [120, 25], [130, 5]] as const } // prettier-ignore
    expect(completenessOf(vital, [{ from: 100, to: 150 }], 10)).toEqual({ expectedMs: 50, share: 35 / 50 })
    // What came before it was expected does not count.
    expect(completenessOf(vital, [{ from: 125, to: 145 }], 10)).toEqual({ expectedMs: 20, share: 10 / 20 })
  })

  test('samples are expected all the time', () =>
    expect(completenessOf({ kind: 'waveform', windows: [[100, 10], [110, 5]] }, [{ from: 100, to: 130 }], 10).share).toBe(0.5)) // prettier-ignore

  test('where nothing was expected there is no share, where nothing came it is none', () => {
    expect(completenessOf({ kind: 'vital', windows: [[100, 3]] }, [], 10)).toEqual({ expectedMs: 0 })
    expect(completenessOf({ kind: 'vital', windows: [] }, [range], 10)).toEqual({ expectedMs: 100, share: 0 })
  })

  test('a device is silent where none of its series has anything, across windows and cut to when it was worn', () => {
    const series = [{ windows: [[100, 1], [140, 1]] as const }, { windows: [[110, 1]] as const }] // prettier-ignore
    expect(silentSpans(series, [{ from: 105, to: 155 }], 10)).toEqual([
      { from: 120, to: 140 },
      { from: 150, to: 155 },
    ])
    expect(silentSpans([], [range], 10)).toEqual([range])
  })
})
