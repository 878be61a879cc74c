import { describe, expect, test } from 'vitest'
import type { Alarm, AlarmEvent, AlarmEventName } from '@pulsewire/contracts'
import { alarmBurden, alarmCourses, compareLimit, replayLimit, shareOf, verdictOf, whatIfDelay, whatIfLimit } from './alarm-burden.ts' // prettier-ignore

const T = 1_800_000_000_000
const DAY_MS = 86_400_000

interface Script {
  readonly id: string
  readonly lastsS: number
  readonly worst?: number
  readonly comment?: string
  readonly acknowledgedAfterS?: number
  readonly part?: Partial<Alarm>
}

/** The steps of some alarms of one patient, an hour apart. */
function history(...scripts: readonly Script[]): AlarmEvent[] {
  let version = 0
  return scripts.flatMap(({ id, lastsS, worst, comment, acknowledgedAfterS, part }, index) => {
    const onset = T + index * 3_600_000
    let alarm: Alarm = {
      id, patient: 'p1', type: 'limit', kind: 'physiological', priority: 'medium', state: 'active', onset, raisedAt: onset, escalation: 0,
      late: false, message: '', evidence: worst === undefined ? {} : { worst }, confidence: 1, quality: 1, rule: { name: 'limit', version: '1' },
      code: 'spo2', side: 'low', comments: [], ...part,
    } // prettier-ignore
    const step = (event: AlarmEventName, at: number, change: Partial<Alarm> = {}): AlarmEvent => {
      alarm = { ...alarm, ...change }
      return { patient: 'p1', version: ++version, at, event, alarm }
    }
    const acknowledged =
      acknowledgedAfterS === undefined ? [] : [step('acknowledged', onset + acknowledgedAfterS * 1_000)]
    const comments = comment === undefined ? [] : [{ at: onset, by: 'nurse', text: comment }]
    return [
      step('raised', alarm.onset),
      ...acknowledged,
      step('condition-ended', alarm.onset + lastsS * 1_000, { conditionEndedAt: alarm.onset + lastsS * 1_000 }),
      step('ended', onset + lastsS * 1_000 + 1, { comments }),
    ]
  })
}
const HISTORY = history(
  { id: 'short', lastsS: 12, worst: 88, comment: 'false: probe moved', acknowledgedAfterS: 30 },
  { id: 'long', lastsS: 300, worst: 79, comment: 'Confirmed, oxygen given', acknowledgedAfterS: 60 },
  { id: 'slight', lastsS: 200, worst: 89, comment: 'confirmed' },
  { id: 'unjudged', lastsS: 15, worst: 86, acknowledgedAfterS: 90 },
)
const WINDOW = { fromMs: T, toMs: T + DAY_MS, bedDays: 2 }

describe('the burden', () => {
  test('alarms per bed and day, share confirmed, time to acknowledge', () => {
    const burden = alarmBurden(alarmCourses(HISTORY), WINDOW)
    expect(burden).toMatchObject({ rings: 4, ringsPerBedDay: 2 })
    expect(burden.rows).toHaveLength(1)
    expect(burden.rows[0]).toMatchObject({
      type: 'limit',
      code: 'spo2',
      alarms: 4,
      acknowledged: 3,
      medianToAcknowledgeMs: 60_000,
      p90ToAcknowledgeMs: 90_000,
      confirmed: { count: 2, of: 3 },
    })
  })
  test('steps that come twice, or in another order, count once', () => {
    const courses = alarmCourses([...HISTORY, ...HISTORY].toReversed())
    expect(alarmBurden(courses, WINDOW)).toEqual(alarmBurden(alarmCourses(HISTORY), WINDOW))
  })
  test('old data does not ring, and what rang before does not count', () => {
    const late = history({ id: 'late', lastsS: 60, part: { late: true } })
    expect(alarmBurden(alarmCourses(late), WINDOW).rings).toBe(0)
    expect(alarmBurden(alarmCourses(HISTORY), { ...WINDOW, fromMs: T + 1 }).rings).toBe(3)
  })
  test('nobody monitored is no division by nothing', () =>
    expect(alarmBurden([], { ...WINDOW, bedDays: 0 }).ringsPerBedDay).toBe(0))
  test('the last verdict counts', () => {
    const [event] = history({ id: 'a', lastsS: 1 })
    const comments = ['confirmed', 'looked again', 'not confirmed: lead off'].map((text) => ({ at: T, by: 'n', text }))
    const { alarm } = event ?? {}
    expect(alarm && verdictOf({ ...alarm, comments })).toBe('false')
    expect(alarm && verdictOf(alarm)).toBeUndefined()
  })
  test('the interval of a share (Wilson), 8 of 10 as in the tables', () => {
    const { low, high } = shareOf(8, 10)
    expect(low).toBeCloseTo(0.49, 2)
    expect(high).toBeCloseTo(0.943, 2)
    expect(shareOf(0, 0)).toEqual({ count: 0, of: 0 })
  })
})

describe('what another rule would have done', () => {
  const courses = alarmCourses(HISTORY)
  test('a longer delay spares what was short', () => {
    expect(whatIfDelay(courses, 20_000, T + DAY_MS)).toEqual({
      rang: 4,
      wouldRing: 2,
      spared: ['short', 'unjudged'],
      missed: [],
      unjudged: 1,
    })
  })
  test('and misses what was confirmed, if it is long enough', () =>
    expect(whatIfDelay(courses, 250_000, T + DAY_MS).missed).toEqual(['slight']))
  test('a wider limit spares what was slight, next to what it misses', () =>
    expect(whatIfLimit(courses, 'spo2', { low: 88 })).toMatchObject({
      wouldRing: 2,
      spared: ['short'],
      missed: ['slight'],
    }))
  test('other vitals are not concerned, and an absent side spares all', () => {
    expect(whatIfLimit(courses, 'systolic', { low: 60 }).rang).toBe(0)
    expect(whatIfLimit(courses, 'spo2', {}).missed).toEqual(['long', 'slight'])
  })
  test('stored values tell of tighter rules as well', () => {
    const points = Array.from({ length: 3_600 }, (_, second): [number, number] => [
      T + second * 1_000,
      second >= 100 && second < 130 ? 88 : second >= 2_000 && second < 2_300 ? 80 : 96,
    ])
    const options = { delayMs: 10_000, hysteresis: 1 }
    expect(replayLimit(points, { low: 90 }, options)).toEqual([
      { side: 'low', sinceMs: T + 100_000, ringsMs: T + 110_000, endMs: T + 130_000 },
      { side: 'low', sinceMs: T + 2_000_000, ringsMs: T + 2_010_000, endMs: T + 2_300_000 },
    ])
    const confirmed = alarmCourses(history({ id: 'early', lastsS: 30, comment: 'confirmed', part: { onset: T + 100_000 } })) // prettier-ignore
    const at = (low: number) => compareLimit(points, confirmed, { limit: { low }, options })
    expect(at(90)).toMatchObject({ missed: [] })
    expect(at(85)).toMatchObject({ missed: ['early'] })
    expect(at(85).episodes).toHaveLength(1)
  })
})
