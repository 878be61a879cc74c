import type { Channel, DeliveryEvent } from '@pulsewire/contracts'
import { describe, expect, it } from 'vitest'
import { decide, dueDeliveries, noDeliveries, type DeliveryInput, type PatientDeliveries } from './index.ts'
import { PATIENT, T0, alarmEventOf, alarmOf, channelOf } from './testing/inputs.ts'

const NURSE = channelOf('hook', 'webhook')
const MAIL = channelOf('mail', 'email')
const TEAM = channelOf('team', 'email', { step: 1 })

/** A patient's deliveries under these channels, played input by input. */
function play(channels: readonly Channel[]) {
  let state: PatientDeliveries = noDeliveries(PATIENT)
  const events: DeliveryEvent[] = []
  const feed = (input: DeliveryInput): DeliveryEvent[] => {
    const decided = decide(state, input, { channels, place: 'Ward 3 Bed 4' })
    state = decided.state
    events.push(...decided.events)
    return decided.events
  }
  return {
    feed,
    events,
    state: () => state,
    alarm: (
      version: number,
      event: 'raised' | 'escalated' | 'acknowledged' | 'ended' | 'updated',
      change = {},
      at = T0,
    ) => feed({ kind: 'alarm', at, event: alarmEventOf(version, event, alarmOf('a', change), at) }),
    outcome: (delivery: string, kind: 'accepted' | 'transient' | 'permanent', at = T0 + 100) =>
      feed({
        kind: 'outcome',
        at,
        delivery,
        outcome:
          kind === 'accepted' ? { kind } : { kind: 'refused', transient: kind === 'transient', detail: 'HTTP 500' },
      }),
    tick: (at: number) => feed({ kind: 'tick', at }),
    shown: (at: number, change = {}) =>
      feed({
        kind: 'receipt',
        at,
        receipt: {
          type: 'screen',
          patient: PATIENT,
          alarm: alarmOf('a').id,
          screen: 'desk',
          user: 'amal',
          at,
          visible: true,
          sound: 'on',
          ...change,
        },
      }),
    confirm: (delivery: string, at: number) =>
      feed({ kind: 'receipt', at, receipt: { type: 'confirm', patient: PATIENT, delivery, at, by: 'link' } }),
    call: () => state.calls[alarmOf('a').id],
    stateOf: (id: string) => state.deliveries[id]?.state,
    due: (at: number) => dueDeliveries(state, at).map(({ id }) => id),
  }
}

describe('an alarm that rings', () => {
  it('is told to each channel of the first step, once, with an id that a second reading does not change', () => {
    const ward = play([NURSE, MAIL, TEAM])
    ward.alarm(3, 'raised')
    expect(ward.due(T0)).toEqual(['hook.p1.3', 'mail.p1.3'])
    expect(ward.alarm(3, 'raised')).toEqual([])
  })

  it('goes to no channel that does not want it', () => {
    const channels = [
      channelOf('low', 'email', { priorities: ['low'] }),
      channelOf('off', 'email', { disabled: true }),
      channelOf('later', 'email', { from: T0 + 1 }),
      channelOf('other', 'email', { patients: ['p2'] }),
      channelOf('there', 'email', { places: ['Ward 4'] }),
      channelOf('doctor', 'email', { addressedTo: ['physician'] }),
      channelOf('here', 'email', { places: ['Ward 3'], addressedTo: ['Nurse'], patients: ['p1'] }),
    ]
    const ward = play(channels)
    ward.alarm(1, 'raised')
    expect(ward.due(T0)).toEqual(['here.p1.1'])
  })

  it('is no call where it does not ring: late data, or what was known already', () => {
    const ward = play([MAIL])
    expect(ward.alarm(1, 'raised', { late: true })).toEqual([])
    ward.alarm(2, 'raised')
    expect(ward.alarm(3, 'updated', { evidence: { pauseMs: 9_000 } })).toEqual([])
  })

  it('of long ago, that no channel wants, calls nobody', () => {
    const ward = play([])
    expect(ward.feed({ kind: 'alarm', at: T0 + 3_600_000, event: alarmEventOf(1, 'raised', alarmOf('a')) })).toEqual([])
  })

  it('is told again when it goes up its chain, to whoever is called then', () => {
    const ward = play([channelOf('doctor', 'email', { addressedTo: ['physician'] })])
    ward.alarm(1, 'raised')
    expect(ward.due(T0)).toEqual([])
    ward.alarm(2, 'escalated', { escalation: 1, addressedTo: 'physician' })
    expect(ward.due(T0)).toEqual(['doctor.p1.2'])
  })
})

describe('a receiver', () => {
  it('of a machine confirms by taking the message, and the chain ends', () => {
    const ward = play([NURSE, TEAM])
    ward.alarm(1, 'raised')
    ward.outcome('hook.p1.1', 'accepted')
    expect(ward.call()?.state).toBe('heard')
    expect(ward.tick(T0 + 600_000)).toEqual([])
  })

  it('that does not answer is tried again, later each time, and given up after a quarter of an hour', () => {
    const ward = play([NURSE])
    ward.alarm(1, 'raised')
    let at = T0
    let attempts = 0
    while (ward.stateOf('hook.p1.1') === 'pending') {
      const next = ward.state().deliveries['hook.p1.1']?.nextAttemptAt ?? at
      expect(next).toBeGreaterThanOrEqual(at)
      at = next
      ward.outcome('hook.p1.1', 'transient', at)
      expect(++attempts).toBeLessThan(30)
    }
    expect(ward.stateOf('hook.p1.1')).toBe('failed')
    expect(at - T0).toBeGreaterThan(10 * 60_000)
    expect(at - T0).toBeLessThan(15 * 60_000)
  })

  it('that refuses for good is not asked again', () => {
    const ward = play([NURSE])
    ward.alarm(1, 'raised')
    ward.outcome('hook.p1.1', 'permanent')
    expect(ward.stateOf('hook.p1.1')).toBe('failed')
  })
})

describe('the chain', () => {
  it('goes on when nobody has confirmed in time', () => {
    const ward = play([MAIL, TEAM])
    ward.alarm(1, 'raised')
    ward.shown(T0 + 500)
    ward.outcome('mail.p1.1', 'accepted')
    ward.tick(T0 + 29_000)
    expect(ward.stateOf('team.p1.1')).toBeUndefined()
    ward.tick(T0 + 30_000)
    expect(ward.stateOf('team.p1.1')).toBe('pending')
  })

  it('goes on at once when every channel of the step has failed', () => {
    const ward = play([NURSE, TEAM])
    ward.alarm(1, 'raised')
    ward.shown(T0 + 100)
    ward.outcome('hook.p1.1', 'permanent')
    ward.tick(T0 + 600)
    expect(ward.stateOf('team.p1.1')).toBe('pending')
  })

  it('goes on after ten seconds where no screen shows an alarm of high priority', () => {
    const high = play([MAIL, TEAM])
    high.alarm(1, 'raised')
    high.shown(T0 + 1_000, { visible: false, sound: 'off' })
    high.tick(T0 + 10_000)
    expect(high.stateOf('team.p1.1')).toBe('pending')
    const medium = play([MAIL, TEAM])
    medium.alarm(1, 'raised', { priority: 'medium' })
    medium.tick(T0 + 10_000)
    expect(medium.stateOf('team.p1.1')).toBeUndefined()
  })

  it('ends when somebody confirms', () => {
    const ward = play([MAIL, TEAM])
    ward.alarm(1, 'raised')
    ward.outcome('mail.p1.1', 'accepted')
    ward.confirm('mail.p1.1', T0 + 5_000)
    expect(ward.call()).toMatchObject({ state: 'heard', heardBy: 'mail: link' })
    expect(ward.tick(T0 + 600_000)).toEqual([])
  })

  it('says so when nothing went through, and takes it back when something does', () => {
    const ward = play([MAIL])
    ward.alarm(1, 'raised')
    ward.outcome('mail.p1.1', 'transient')
    ward.tick(T0 + 30_000)
    expect(ward.call()?.state).toBe('unheard')
    ward.outcome('mail.p1.1', 'accepted', T0 + 40_000)
    expect(ward.call()?.state).toBe('unconfirmed')
  })
})

describe('an alarm that is acknowledged or ends', () => {
  it('is told to no person any more, and to the machines that heard of it', () => {
    const ward = play([NURSE, MAIL, TEAM])
    ward.alarm(1, 'raised')
    ward.outcome('hook.p1.1', 'accepted')
    ward.alarm(2, 'acknowledged', { state: 'acknowledged', acknowledgedBy: 'amal' }, T0 + 5_000)
    expect(ward.stateOf('mail.p1.1')).toBe('withdrawn')
    expect(ward.due(T0 + 5_000)).toEqual(['hook.p1.2'])
    expect(ward.state().deliveries['hook.p1.2']?.earlier).toEqual([{ id: 'hook.p1.1', at: T0 }])
    ward.outcome('hook.p1.2', 'accepted', T0 + 6_000)
    ward.alarm(3, 'ended', { state: 'ended', endedAt: T0 + 9_000 }, T0 + 9_000)
    ward.outcome('hook.p1.3', 'accepted', T0 + 9_100)
    expect(ward.state()).toMatchObject({ calls: {}, deliveries: {}, told: {}, notices: {} })
  })

  it('leaves a machine that was away the beginning and the end, in order', () => {
    const ward = play([NURSE])
    ward.alarm(1, 'raised')
    ward.alarm(2, 'escalated', { escalation: 1 })
    ward.alarm(3, 'acknowledged', { state: 'acknowledged' })
    ward.alarm(4, 'ended', { state: 'ended', endedAt: T0 + 1 })
    expect(ward.due(T0 + 1)).toEqual(['hook.p1.1'])
    ward.outcome('hook.p1.1', 'accepted')
    expect(ward.due(T0 + 200)).toEqual(['hook.p1.4'])
  })

  it('is a new call when it rings again', () => {
    const ward = play([MAIL])
    ward.alarm(1, 'raised')
    ward.outcome('mail.p1.1', 'accepted')
    ward.alarm(2, 'acknowledged', { state: 'acknowledged' })
    ward.alarm(3, 'updated', { state: 'active', rings: 2 })
    expect(ward.due(T0)).toEqual(['mail.p1.3'])
    expect(ward.call()?.state).toBe('open')
  })
})

describe('a test of a channel', () => {
  const test = (channel: string): DeliveryInput => ({
    kind: 'receipt',
    at: T0,
    receipt: { type: 'test', patient: PATIENT, channel, delivery: `${channel}.p1.t1`, at: T0, by: 'admin' },
  })
  it('is one message, also where the channel is switched off, and leaves nothing behind', () => {
    const ward = play([channelOf('hook', 'webhook', { disabled: true })])
    ward.feed(test('hook'))
    expect(ward.due(T0)).toEqual(['hook.p1.t1'])
    expect(ward.tick(T0 + 1_000)).toEqual([])
    ward.outcome('hook.p1.t1', 'accepted')
    expect(ward.state().deliveries).toEqual({})
  })
  it('fails within a quarter of a minute', () => {
    const ward = play([NURSE])
    ward.feed(test('hook'))
    ward.outcome('hook.p1.t1', 'transient')
    expect(ward.tick(T0 + 15_000)[0]).toMatchObject({ event: 'failed', deliveries: [{ error: 'HTTP 500' }] })
  })
})
