import { describe, expect, test } from 'vitest'
import type { Alarm } from '@pulsewire/contracts'
import { createBurdenMeter, type AlarmBurden } from './alarm-burden.ts'
import { shareOf } from './share.ts'
import { createLimitReplay, createWhatIfMeter, type CandidateRule, type WhatIf } from './what-if.ts'

const T = 1_800_000_000_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let hours = 0
/** An alarm of low SpO2 that is over, each an hour after the one before. */
function alarmOf(id: string, lastsS: number, change: Partial<Alarm> = {}): Alarm {
  const onset = T + hours++ * HOUR_MS
  return {
    id, patient: 'p1', type: 'limit', kind: 'physiological', priority: 'medium', state: 'ended', onset, raisedAt: onset, escalation: 0,
    late: false, message: '', evidence: {}, confidence: 1, quality: 1, rule: { name: 'limit', version: '1' }, code: 'spo2', side: 'low',
    rings: 1, firstRangAt: onset, conditionEndedAt: onset + lastsS * 1_000, endedAt: onset + lastsS * 1_000, comments: [], ...change,
  } // prettier-ignore
}
const said = (verdict: 'confirmed' | 'false'): Pick<Alarm, 'verdict'> => ({ verdict: { verdict, at: T, by: 'nurse' } })
const after = (alarm: Alarm, seconds: number): Alarm => ({
  ...alarm,
  firstAcknowledgedAt: alarm.onset + seconds * 1_000,
})

const HISTORY: readonly Alarm[] = [
  after(alarmOf('short', 12, { evidence: { worst: 88 }, ...said('false') }), 30),
  after(alarmOf('long', 300, { evidence: { worst: 79 }, rings: 3, ...said('confirmed') }), 60),
  alarmOf('slight', 200, { evidence: { worst: 89 }, ...said('confirmed') }),
  after(alarmOf('unjudged', 15, { evidence: { worst: 86 } }), 90),
]

function burdenOf(alarms: readonly Alarm[], fromMs = T, toMs = T + DAY_MS, bedDays = 2): AlarmBurden {
  const meter = createBurdenMeter({ fromMs, toMs })
  for (const alarm of alarms) meter.take(alarm)
  return meter.report(bedDays)
}
function whatIf(rule: CandidateRule, alarms = HISTORY): WhatIf {
  const meter = createWhatIfMeter(rule)
  for (const alarm of alarms) meter.take(alarm)
  return meter.report()
}

describe('the burden', () => {
  test('alarms per bed and day, share confirmed, time to acknowledge, hours of the day', () => {
    const burden = burdenOf(HISTORY)
    expect(burden).toMatchObject({ alarms: 4, rings: 6, alarmsPerBedDay: 2, ringsPerBedDay: 3 })
    expect(burden.rows).toHaveLength(1)
    expect(burden.rows[0]).toMatchObject({
      type: 'limit',
      code: 'spo2',
      side: 'low',
      alarms: 4,
      rings: 6,
      acknowledged: 3,
      medianToAcknowledgeMs: 60_000,
      p90ToAcknowledgeMs: 90_000,
      confirmed: { count: 2, of: 3 },
    })
    // T is at 08:00 UTC.
    expect(burden.byHour.slice(7, 13)).toEqual([0, 1, 1, 1, 1, 0])
    expect(burden.byHour.reduce((sum, count) => sum + count, 0)).toBe(4)
  })
  test('types and priorities stand apart, the loudest first, and their sum is the whole', () => {
    const asystole = alarmOf('a', 10, { type: 'asystole', priority: 'high', rings: 9 })
    const burden = burdenOf([...HISTORY, asystole])
    expect(burden.rows.map(({ type, priority, rings }) => [type, priority, rings])).toEqual([
      ['asystole', 'high', 9],
      ['limit', 'medium', 6],
    ])
    expect(burden).toMatchObject({ alarms: 5, rings: 15, confirmed: { count: 2, of: 3 } })
  })
  test('old data does not ring, and what rang before the range does not count', () => {
    expect(burdenOf([alarmOf('late', 60, { late: true, rings: 0 })]).alarms).toBe(0)
    const { rings: _rings, firstRangAt: _first, ...before } = alarmOf('of an earlier version', 60, { late: true })
    expect(burdenOf([before]).alarms).toBe(0)
    expect(burdenOf([{ ...before, late: false }]).alarms).toBe(1)
    expect(burdenOf(HISTORY, T + 1).alarms).toBe(3)
    expect(burdenOf(HISTORY, T, T + HOUR_MS).alarms).toBe(1)
  })
  test('nobody monitored is no division by nothing', () => {
    expect(burdenOf([], T, T + DAY_MS, 0)).toMatchObject({ alarmsPerBedDay: 0, rows: [], confirmed: { of: 0 } })
  })
  test('the interval of a share (Wilson), 8 of 10 as in the tables', () => {
    const { low, high } = shareOf(8, 10)
    expect(low).toBeCloseTo(0.49, 2)
    expect(high).toBeCloseTo(0.943, 2)
    expect(shareOf(0, 0)).toEqual({ count: 0, of: 0 })
  })
})

describe('what another rule would have done', () => {
  test('a longer delay spares what was short', () =>
    expect(whatIf({ delayMs: 20_000 })).toEqual({
      rang: 4,
      confirmed: 2,
      wouldRing: 2,
      spared: 2,
      unjudged: 1,
      unjudgedAlarms: ['unjudged'],
      missed: 0,
      missedAlarms: [],
    }))
  test('and misses what was confirmed, if it is long enough', () =>
    expect(whatIf({ delayMs: 250_000 })).toMatchObject({ missed: 1, missedAlarms: ['slight'] }))
  test('what goes on may yet last long enough: it is not spared', () => {
    const { conditionEndedAt: _over, ...standing } = alarmOf('standing', 0)
    expect(whatIf({ delayMs: 60_000 }, [standing]).wouldRing).toBe(1)
  })
  test('a wider limit spares what was slight, next to what it misses', () =>
    expect(whatIf({ limit: { low: 88 } })).toMatchObject({ wouldRing: 2, spared: 1, missedAlarms: ['slight'] }))
  test('an absent side spares all; who does not say how bad it was rings on', () => {
    expect(whatIf({ limit: {} })).toMatchObject({ missedAlarms: ['long', 'slight'], missed: 2 })
    expect(whatIf({ limit: { low: 50 } }, [alarmOf('unknown', 10)]).wouldRing).toBe(1)
  })
  test('what never rang is not counted', () =>
    expect(whatIf({ delayMs: 1 }, [alarmOf('late', 0, { late: true, rings: 0 })]).rang).toBe(0))

  test('stored values tell of tighter rules as well', () => {
    const options = { delayMs: 10_000, hysteresis: 1 }
    const replayOf = (low: number) => {
      const replay = createLimitReplay({ low }, options)
      for (let second = 0; second < 3_600; second++) {
        const value = second >= 100 && second < 130 ? 88 : second >= 2_000 && second < 2_300 ? 80 : 96
        replay.take(T + second * 1_000, value)
      }
      return replay
    }
    expect(replayOf(90).episodes).toEqual([
      { side: 'low', sinceMs: T + 100_000, ringsMs: T + 110_000, endMs: T + 130_000 },
      { side: 'low', sinceMs: T + 2_000_000, ringsMs: T + 2_010_000, endMs: T + 2_300_000 },
    ])
    const early = alarmOf('early', 0, { onset: T + 100_000, conditionEndedAt: T + 130_000, ...said('confirmed') })
    const unjudged = alarmOf('unjudged', 0, { onset: T + 100_000, conditionEndedAt: T + 130_000 })
    expect(replayOf(90).report([early, unjudged])).toMatchObject({ values: 3_600, episodes: 2, missed: 0 })
    expect(replayOf(85).report([early, unjudged])).toMatchObject({ episodes: 1, missed: 1, missedAlarms: ['early'] })
    expect(replayOf(85).report([]).perDay).toBeCloseTo(24, 1)
  })
})
