import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import { HARMONICS, PATTERNS } from './pattern.ts'
import { QUIET, type RingInput, pausedUntil, ringStep, ringingNow } from './ringing.ts'

const NOW = 1_790_000_100_000
const input = (change: Partial<RingInput> = {}): RingInput => ({
  alarms: [],
  blind: false,
  blindPausedUntil: 0,
  ...change,
})

describe('bursts', () => {
  it('are within what ward.md allows', () => {
    expect(HARMONICS.length - 1).toBeGreaterThanOrEqual(4)
    expect(PATTERNS.high.pulses).toHaveLength(10)
    expect(PATTERNS.medium.pulses).toHaveLength(3)
    expect(PATTERNS.low.pulses.length).toBeLessThanOrEqual(2)
    for (const pulse of Object.values(PATTERNS).flatMap((pattern) => pattern.pulses)) {
      expect(pulse.frequencyHz).toBeGreaterThanOrEqual(150)
      expect(pulse.frequencyHz).toBeLessThanOrEqual(1000)
    }
    for (const { durationMs } of PATTERNS.high.pulses) expect(durationMs >= 75 && durationMs <= 200).toBe(true)
    for (const { durationMs } of PATTERNS.medium.pulses) expect(durationMs >= 125 && durationMs <= 250).toBe(true)
    expect(PATTERNS.high.pauseMs >= 2500 && PATTERNS.high.pauseMs <= 15_000).toBe(true)
    expect(PATTERNS.medium.pauseMs >= 2500 && PATTERNS.medium.pauseMs <= 30_000).toBe(true)
  })

  it('come one at a time, again after their pause', () => {
    const first = ringStep(QUIET, 'medium', NOW)
    expect(first).toMatchObject({ action: 'start', priority: 'medium' })
    expect(ringStep(first.state, 'medium', NOW + 500).action).toBe('none')
    const { lengthMs, pauseMs } = PATTERNS.medium
    expect(ringStep(first.state, 'medium', NOW + lengthMs + pauseMs).action).toBe('start')
  })

  it('let a higher one cut a lower one short, and a lower one wait', () => {
    const medium = ringStep(QUIET, 'medium', NOW).state
    const high = ringStep(medium, 'high', NOW + 100)
    expect(high).toMatchObject({ action: 'start', priority: 'high' })
    expect(ringStep(high.state, 'medium', NOW + 200).action).toBe('none')
    expect(ringStep(high.state, 'medium', NOW + 100 + PATTERNS.high.lengthMs)).toMatchObject({ priority: 'medium' })
  })

  it('stop when nothing rings any more', () => {
    const medium = ringStep(QUIET, 'medium', NOW).state
    expect(ringStep(medium, undefined, NOW + 100)).toEqual({ state: QUIET, action: 'stop' })
    expect(ringStep(QUIET, undefined, NOW).action).toBe('none')
  })
})

describe('what rings', () => {
  it('is the highest of what nobody has acknowledged', () => {
    const alarms = [
      alarmFixture({ id: 'a', priority: 'low' }),
      alarmFixture({ id: 'b', priority: 'high', state: 'acknowledged' }),
      alarmFixture({ id: 'c', priority: 'medium' }),
    ]
    const ringing = ringingNow(input({ alarms }), NOW)
    expect(ringing.priority).toBe('medium')
    expect(ringing.alarms.map((alarm) => alarm.id)).toEqual(['a', 'c'])
  })

  it('reminds softly, with one burst, of what was acknowledged and still stands', () => {
    const alarms = [alarmFixture({ priority: 'high', state: 'acknowledged', remindedAt: NOW })]
    let state = QUIET
    const bursts: unknown[] = []
    for (let now = NOW - 1000; now < NOW + 60_000; now += 100) {
      const step = ringStep(state, ringingNow(input({ alarms }), now).priority, now)
      if (step.action === 'start') bursts.push([step.priority, now])
      state = step.state
    }
    expect(bursts).toEqual([['low', NOW]])
    const louder = [...alarms, alarmFixture({ id: 'b', priority: 'medium' })]
    expect(ringingNow(input({ alarms: louder }), NOW).priority).toBe('medium')
  })

  it('respects the pause of an alarm until it is over', () => {
    const alarms = [alarmFixture({ audioPausedUntil: NOW + 10 })]
    expect(ringingNow(input({ alarms }), NOW).priority).toBeUndefined()
    expect(ringingNow(input({ alarms }), NOW + 10).priority).toBe('medium')
  })

  it('rings for an alarm that no pause covers, beside one that is paused: new, worse or come back', () => {
    const alarms = [
      alarmFixture({ id: 'a', priority: 'high', audioPausedUntil: NOW + 120_000 }),
      alarmFixture({ id: 'b', priority: 'high', raisedAt: NOW - 1000 }),
    ]
    expect(ringingNow(input({ alarms }), NOW + 5000)).toMatchObject({ priority: 'high', alarms: [{ id: 'b' }] })
  })

  it('tells until when what would ring is paused: the longest of its alarms, or of a blind screen', () => {
    const alarms = [alarmFixture({ audioPausedUntil: NOW + 10 })]
    expect(pausedUntil(input({ alarms }), NOW)).toBe(NOW + 10)
    expect(pausedUntil(input({ alarms }), NOW + 10)).toBe(0)
    const longer = [...alarms, alarmFixture({ id: 'b', audioPausedUntil: NOW + 99 })]
    expect(pausedUntil(input({ alarms: longer }), NOW)).toBe(NOW + 99)
    expect(pausedUntil(input({ blind: true, blindPausedUntil: NOW + 5 }), NOW)).toBe(NOW + 5)
    expect(
      pausedUntil(input({ alarms: [alarmFixture({ state: 'acknowledged', audioPausedUntil: NOW + 9 })] }), NOW),
    ).toBe(0)
  })

  it('is also a screen that sees nothing', () => {
    expect(ringingNow(input({ blind: true }), NOW).priority).toBe('medium')
    expect(ringingNow(input({ blind: true, blindPausedUntil: NOW + 1 }), NOW).priority).toBeUndefined()
  })
})
