import { describe, expect, it } from 'vitest'
import { decide, escalationOf, isTickDue, nextDeadline, noAlarms, type EscalationPolicy } from './index.ts'
import { PATIENT, T0, ended, findingOf, found, only, run, staff, tick } from './testing/inputs.ts'

const asystole = findingOf('asystole', T0)
const lowSpo2 = findingOf('limit', T0, { priority: 'medium', code: 'spo2', side: 'low' })
const MINUTE = 60_000

describe('escalation', () => {
  it('goes up the chain where nobody acknowledges: a high alarm after one and after two minutes', () => {
    const raised = run(found(asystole, T0))
    expect(only(raised)).toMatchObject({ escalation: 0, addressedTo: 'nurse' })
    expect(nextDeadline(raised)).toBe(T0 + MINUTE)
    const first = decide(raised, tick(T0 + MINUTE))
    expect(first.events.map(({ event, alarm }) => [event, alarm?.addressedTo])).toEqual([['escalated', 'team']])
    const second = decide(first.state, tick(T0 + 2 * MINUTE)).state
    expect(only(second)).toMatchObject({ escalation: 2, addressedTo: 'physician' })
    expect(nextDeadline(second)).toBe(Infinity)
  })

  it('follows the chain and the times of the patient', () => {
    const policy = escalationOf({ escalation: ['amal', 'night-team'], escalateAfterS: { high: 20, medium: 120 } })
    const raised = decide(noAlarms(PATIENT), found(asystole, T0), policy).state
    expect(only(raised).addressedTo).toBe('amal')
    expect(isTickDue(raised, T0 + 19_999, policy)).toBe(false)
    expect(isTickDue(raised, T0 + 20_000, policy)).toBe(true)
    const up = decide(raised, tick(T0 + 20_000), policy).state
    expect(only(up).addressedTo).toBe('night-team')
    expect(nextDeadline(up, policy)).toBe(Infinity)
  })

  it('follows the chain that was chosen for the patient, where the patient has nothing of its own', () => {
    const chain = { steps: ['desk', 'night-team'], afterS: { high: 30, medium: 90 } }
    expect(escalationOf({}, chain)).toMatchObject({
      chain: ['desk', 'night-team'],
      afterMs: { high: 30_000, medium: 90_000 },
    })
    expect(escalationOf({ escalation: [] }, chain).chain).toEqual(['desk', 'night-team'])
    const own = { escalation: ['amal'], escalateAfterS: { high: 20, medium: 60 } }
    expect(escalationOf(own, chain)).toMatchObject({ chain: ['amal'], afterMs: { high: 20_000 } })
    expect(escalationOf({}, { ...chain, removed: true })).toEqual(escalationOf(undefined))
  })

  it('still calls the last of a chain that was made shorter meanwhile', () => {
    const short: EscalationPolicy = { ...escalationOf(undefined), chain: ['desk'] }
    const up = run(found(asystole, T0), tick(T0 + MINUTE), tick(T0 + 2 * MINUTE))
    const worse = { ...asystole, message: 'asystole, 3 min', seenUntil: T0 + 3 * MINUTE }
    expect(only(decide(up, found(worse), short).state).addressedTo).toBe('desk')
  })

  it('has no chain without a first link, and the usual one where the patient has none', () => {
    expect(escalationOf({ escalation: [] }).chain).toEqual(['nurse', 'team', 'physician'])
    expect(escalationOf(undefined).chain).toEqual(['nurse', 'team', 'physician'])
  })
})

describe('reminder', () => {
  const acknowledged = run(found(asystole, T0), staff(T0 + 1, { type: 'acknowledge', alarm: asystole.id }))

  it('says softly, again and again, that an acknowledged condition still stands', () => {
    expect(nextDeadline(acknowledged)).toBe(T0 + 1 + 5 * MINUTE)
    const once = decide(acknowledged, tick(T0 + 1 + 5 * MINUTE))
    expect(once.events.map(({ event, alarm }) => [event, alarm?.state])).toEqual([['reminded', 'acknowledged']])
    expect(nextDeadline(once.state)).toBe(T0 + 1 + 10 * MINUTE)
    expect(decide(once.state, tick(T0 + 1 + 6 * MINUTE)).events).toEqual([])
  })

  it('says nothing of what is over, and counts anew after the condition rang again', () => {
    expect(run(found(asystole, T0), ended(asystole, T0 + 20_000)).alarms).not.toEqual({})
    expect(decide(acknowledged, ended(asystole, T0 + 20_000)).state.alarms).toEqual({})
    const reminded = decide(acknowledged, tick(T0 + 1 + 5 * MINUTE)).state
    const low = findingOf('limit', T0, { priority: 'medium', code: 'spo2', side: 'low' })
    const worse = { ...low, priority: 'high' as const, seenUntil: T0 + 20 * MINUTE }
    const rang = run(
      found(low, T0),
      staff(T0 + 1, { type: 'acknowledge', alarm: low.id }),
      tick(T0 + 16 * MINUTE),
      found(worse),
    )
    expect(only(reminded).remindedAt).toBe(T0 + 1 + 5 * MINUTE)
    expect(only(rang)).toMatchObject({ state: 'active', priority: 'high' })
    expect(only(rang).remindedAt).toBeUndefined()
  })

  it('comes soon after the clock was set back, not when the old time is reached again', () => {
    const earlier = T0 - 60 * MINUTE
    expect(isTickDue(acknowledged, earlier)).toBe(true)
    const { state } = decide(acknowledged, tick(earlier))
    expect(nextDeadline(state)).toBe(earlier + 5 * MINUTE)
  })
})

describe('first-out', () => {
  it('marks the alarm that came while nothing else of its kind stood', () => {
    const off = findingOf('lead-off', T0 + 5, { priority: 'medium' })
    const { alarms } = run(found(lowSpo2), found(asystole, T0 + 9_000), found(off, T0 + 9_500))
    expect(Object.values(alarms).map(({ type, firstOut }) => [type, firstOut])).toEqual([
      ['limit', true],
      ['asystole', undefined],
      ['lead-off', true],
    ])
  })
})

describe('hand-over', () => {
  const taken = run(staff(T0, { type: 'take-over', by: 'amal' }))
  const offered = decide(
    taken,
    staff(T0 + 1, { type: 'hand-over', by: 'amal', to: 'ben', note: 'watch the SpO2' }),
  ).state

  it('calls whoever is responsible first', () => {
    expect(only(decide(taken, found(asystole)).state).addressedTo).toBe('amal')
  })

  it('leaves the one before responsible until the next takes over', () => {
    expect(offered.monitoring).toMatchObject({
      responsible: 'amal',
      offered: { to: 'ben', by: 'amal', note: 'watch the SpO2' },
    })
    expect(only(decide(offered, found(asystole)).state).addressedTo).toBe('amal')
  })

  it('calls whoever took over, also for what nobody has acknowledged yet', () => {
    const ringing = decide(offered, found(asystole)).state
    const { state, events } = decide(ringing, staff(T0 + 9_000, { type: 'take-over', by: 'ben' }))
    expect(events.map(({ event }) => event)).toEqual(['handed-over', 'updated'])
    expect(state.monitoring).toEqual({ state: 'on', responsible: 'ben' })
    expect(only(state).addressedTo).toBe('ben')
  })

  it('outlasts standby, and ends with the discharge', () => {
    const away = decide(taken, staff(T0 + 5, { type: 'monitoring', state: 'standby' })).state
    const back = decide(away, staff(T0 + 6, { type: 'monitoring', state: 'on' })).state
    expect(back.monitoring.responsible).toBe('amal')
    const home = decide(back, staff(T0 + 7, { type: 'monitoring', state: 'discharged' })).state
    expect(home.monitoring.responsible).toBeUndefined()
  })

  it('does nothing where the responsible one takes over again', () => {
    expect(decide(taken, staff(T0 + 5, { type: 'take-over', by: 'amal' })).events).toEqual([])
  })
})
