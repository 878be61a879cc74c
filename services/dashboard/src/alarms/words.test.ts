import { describe, expect, it } from 'vitest'
import { alarmFixture } from './fixtures.ts'
import { clockText } from '../vitals/clock.ts'
import { alarmTitle, localTimes, marksOf, stateWord } from './words.ts'

describe('words of alarms', () => {
  it('names a limit by its vital and side', () => {
    expect(alarmTitle(alarmFixture({ type: 'limit', code: 'spo2', side: 'low' }))).toBe('SpO2 low')
    expect(alarmTitle(alarmFixture({ type: 'asystole' }))).toBe('ASYSTOLE')
    const message = 'Alarms are not raised: watch the patients directly'
    expect(alarmTitle(alarmFixture({ type: 'system', message }))).toBe('Alarms are not raised')
  })

  it('says who acknowledged, and that a latched alarm is over', () => {
    expect(stateWord(alarmFixture({ state: 'acknowledged', acknowledgedBy: 'okafor' }))).toBe('acknowledged by okafor')
    const overAt = new Date(2026, 10, 23, 14, 7).getTime()
    expect(stateWord(alarmFixture({ state: 'latched' }))).toBe('over, not acknowledged')
    expect(stateWord(alarmFixture({ state: 'latched', conditionEndedAt: overAt }))).toBe(
      'over since 14:07, not acknowledged',
    )
    expect(stateWord(alarmFixture())).toBe('not acknowledged')
  })

  it('says that an alarm escalated, that its data came late and that it was withdrawn', () => {
    expect(marksOf(alarmFixture())).toBe('')
    expect(marksOf(alarmFixture({ escalation: 1 }))).toBe('escalated once')
    expect(marksOf(alarmFixture({ escalation: 1, addressedTo: 'night-team' }))).toBe('escalated to night-team')
    expect(marksOf(alarmFixture({ state: 'acknowledged', remindedAt: new Date(2026, 10, 23, 14, 7).getTime() }))).toBe(
      'still there at 14:07',
    )
    expect(marksOf(alarmFixture({ escalation: 2, late: true, evidence: { withdrawn: true } }))).toBe(
      'escalated 2 times, data came late, withdrawn',
    )
  })

  it("says the times of a message by the ward's clock, over midnight too", () => {
    const onset = new Date(2026, 10, 23, 14, 1, 40).getTime()
    const utc = (ms: number) => `${new Date(ms).toISOString().slice(11, 19)} UTC`
    expect(localTimes(`ST up since ${utc(onset)}: call`, onset)).toBe('ST up since 14:01:40: call')
    const midnight = Date.UTC(2026, 10, 23)
    expect(localTimes(utc(midnight + 1000), midnight - 1000)).toBe(clockText(midnight + 1000))
  })
})
