import { LONGEST_STANDBY_MS, isSounding, type Alarm, type AlarmPriority } from '@pulsewire/contracts'
import { describe, expect, it } from 'vitest'
import { decide, evolve, isTickDue, nextDeadline, noAlarms } from './index.ts'
import { PATIENT, T0, ended, findingOf, found, only, run, staff, tick } from './testing/inputs.ts'

const asystole = findingOf('asystole', T0)
const lowSpo2 = findingOf('limit', T0, { priority: 'medium', code: 'spo2', side: 'low' })

describe('lifecycle', () => {
  it('raises an alarm with the id, the evidence and the rule of its finding', () => {
    const alarm = only(run(found(asystole)))
    expect(alarm).toMatchObject({ id: asystole.id, state: 'active', priority: 'high', kind: 'physiological' })
    expect(isSounding(alarm, T0 + 2_000)).toBe(true)
  })

  it('raises nothing for a finding without a priority', () => {
    const { priority: _none, ...quiet } = asystole
    expect(run(found(quiet)).alarms).toEqual({})
  })

  it('latches a high physiological alarm until it is acknowledged', () => {
    const over = run(found(asystole), ended(asystole, T0 + 20_000))
    expect(only(over).state).toBe('latched')
    const acknowledged = decide(over, staff(T0 + 30_000, { type: 'acknowledge', alarm: asystole.id }))
    expect(acknowledged.events.map(({ event, alarm }) => [event, alarm?.state, alarm?.acknowledgedBy])).toEqual([
      ['ended', 'ended', 'nurse'],
    ])
    expect(acknowledged.state.alarms).toEqual({})
  })

  it('ends a medium alarm with its condition', () => {
    expect(run(found(lowSpo2), ended(lowSpo2, T0 + 20_000)).alarms).toEqual({})
  })

  it('ends an acknowledged alarm with its condition', () => {
    const acknowledge = staff(T0 + 5_000, { type: 'acknowledge', alarm: asystole.id })
    expect(only(run(found(asystole), acknowledge)).state).toBe('acknowledged')
    expect(run(found(asystole), acknowledge, ended(asystole, T0 + 20_000)).alarms).toEqual({})
  })

  it('rings again when an acknowledged condition gets worse', () => {
    const worse = { ...lowSpo2, priority: 'high' as AlarmPriority, seenUntil: T0 + 60_000 }
    const acknowledge = staff(T0 + 5_000, { type: 'acknowledge', alarm: lowSpo2.id })
    const alarm = only(run(found(lowSpo2), acknowledge, found(worse)))
    expect(alarm).toMatchObject({ state: 'active', priority: 'high' })
    expect(alarm.acknowledgedBy).toBeUndefined()
  })

  it('brings a latched alarm back for the next episode, instead of a second alarm', () => {
    const again = findingOf('asystole', T0 + 60_000)
    const alarm = only(run(found(asystole), ended(asystole, T0 + 20_000), found(again)))
    expect(alarm).toMatchObject({ id: asystole.id, finding: again.id, state: 'active' })
    expect(alarm.conditionEndedAt).toBeUndefined()
  })

  it('does not sound for late data, and shows it', () => {
    const alarm = only(run(found({ ...asystole, late: true }, T0 + 3_600_000)))
    expect(isSounding(alarm, T0 + 3_600_000)).toBe(false)
    expect(alarm).toMatchObject({ state: 'active', late: true })
  })

  it('pauses the sound for a time, never the alarm', () => {
    const paused = run(found(lowSpo2), staff(T0 + 5_000, { type: 'pause', until: T0 + 125_000 }))
    expect(isSounding(only(paused), T0 + 100_000)).toBe(false)
    expect(only(paused).state).toBe('active')
    const { events, state } = decide(paused, tick(T0 + 125_000))
    expect(events.map(({ event }) => event)).toEqual(['monitoring', 'audio-resumed'])
    expect(isSounding(only(state), T0 + 125_001)).toBe(true)
  })

  it('rings for a new, higher condition while the sound is paused, and not for a lower one', () => {
    const pause = staff(T0 + 5_000, { type: 'pause', until: T0 + 125_000 })
    const button = findingOf('battery-low', T0 + 10_000, { priority: 'low' })
    const state = run(found(lowSpo2), pause, found(button), found(findingOf('asystole', T0 + 10_000)))
    const sounding = Object.values(state.alarms).filter((alarm) => isSounding(alarm, T0 + 12_000))
    expect(sounding.map(({ type }) => type)).toEqual(['asystole'])
  })

  it('rings anew when what was known from late data is seen to stand now, whatever was acknowledged', () => {
    const late = { ...asystole, late: true }
    const acknowledge = staff(T0 + 3_601_000, { type: 'acknowledge', alarm: asystole.id })
    for (const seenUntil of [asystole.seenUntil, asystole.seenUntil + 5_000]) {
      const live = found({ ...asystole, late: false, seenUntil }, T0 + 3_602_000)
      const state = run(found(late, T0 + 3_600_000), acknowledge, live)
      expect(only(state)).toMatchObject({ state: 'active', late: false, ringingSince: T0 + 3_602_000, escalation: 0 })
      expect(isSounding(only(state), T0 + 3_602_000)).toBe(true)
      expect(nextDeadline(state)).toBe(T0 + 3_662_000)
      expect(decide(state, live).events).toEqual([])
    }
  })

  it('is not silenced by what is learnt late of the same condition', () => {
    const late = { ...asystole, late: true, seenUntil: T0 + 9_000 }
    expect(isSounding(only(run(found(asystole), found(late))), T0 + 10_000)).toBe(true)
    const latched = [found(asystole), ended(asystole, T0 + 20_000)]
    const episode = findingOf('asystole', T0 + 21_000, { late: true })
    const again = only(run(...latched, found(episode)))
    expect(again).toMatchObject({ state: 'active', finding: episode.id })
    expect(isSounding(again, T0 + 23_000)).toBe(true)
    const pause = staff(T0 + 20_500, { type: 'pause', alarm: asystole.id, until: T0 + 60_000 })
    expect(isSounding(only(run(...latched, pause, found(episode))), T0 + 23_000)).toBe(false)
  })

  it('keeps nothing silent and unescalated until the old time comes again, where the clock is set back', () => {
    const pause = staff(T0 + 2_000, { type: 'pause', until: T0 + 122_000 })
    const state = run(found(asystole, T0 + 1_000), found(lowSpo2, T0 + 1_000), pause)
    const at = T0 - 3_600_000
    expect(isTickDue(state, at)).toBe(true)
    const after = decide(state, tick(at)).state
    expect(Object.values(after.alarms).every((alarm) => isSounding(alarm, at))).toBe(true)
    expect(after.monitoring.audioPausedUntil).toBeUndefined()
    expect(nextDeadline(after)).toBe(at + 60_000)
    expect(isTickDue(after, at)).toBe(false)
  })

  it('does not begin to ring with the end of what was late all along', () => {
    const over = only(run(found({ ...asystole, late: true }), ended(asystole, T0 + 20_000)))
    expect(over).toMatchObject({ state: 'latched', late: true })
  })

  it('goes on after events that were lost to damage, and ignores a writer who had lost the patient', () => {
    const { events } = decide(noAlarms(PATIENT), found(asystole))
    const raised = events[0]
    if (raised?.alarm === undefined) throw new Error('nothing was raised')
    const after = evolve(noAlarms(PATIENT), { ...raised, version: 7 })
    expect(only(after).id).toBe(asystole.id)
    expect(evolve(after, { ...raised, version: 7, alarm: { ...raised.alarm, state: 'ended' } })).toBe(after)
  })

  it('raises nothing in standby, and rings for what still stands when monitoring is on again', () => {
    const standby = staff(T0, { type: 'monitoring', state: 'standby', until: T0 + 600_000 })
    const away = run(standby, found(asystole), found(lowSpo2), ended(lowSpo2, T0 + 20_000))
    expect(away.alarms).toEqual({})
    const back = decide(away, tick(T0 + 600_000)).state
    expect(back.monitoring.state).toBe('on')
    expect(only(back)).toMatchObject({ id: asystole.id, state: 'active', raisedAt: T0 + 600_000 })
  })

  it('ends the alarms of a patient who goes into standby and keeps the conditions that stand', () => {
    const standby = staff(T0 + 5_000, { type: 'monitoring', state: 'standby' })
    const state = run(found(asystole), standby)
    expect(state.alarms).toEqual({})
    expect(only(decide(state, staff(T0 + 9_000, { type: 'monitoring', state: 'on' })).state).id).toBe(asystole.id)
  })

  it('ends a standby that nobody ends after a day, also where the clock is set back meanwhile', () => {
    const away = run(staff(T0, { type: 'monitoring', state: 'standby' }), found(asystole))
    expect(decide(away, tick(T0 + LONGEST_STANDBY_MS - 1)).state.monitoring.state).toBe('standby')
    expect(only(decide(away, tick(T0 + LONGEST_STANDBY_MS)).state).id).toBe(asystole.id)
    const before = T0 - 3_600_000
    expect(isTickDue(away, before)).toBe(true)
    expect(decide(away, tick(before)).state.monitoring.state).toBe('on')
  })

  it('does nothing for what is said a second time', () => {
    const acknowledge = staff(T0 + 5_000, { type: 'acknowledge', alarm: asystole.id })
    const inputs = [found(asystole), acknowledge, ended(asystole, T0 + 20_000)]
    const state = run(...inputs)
    for (const input of inputs) expect(decide(state, input).events).toEqual([])
  })

  it('counts how often it rang, from when, and when somebody came first, whatever happened afterwards', () => {
    const resumed = findingOf('asystole', T0 + 30_000)
    const state = run(
      found(asystole),
      staff(T0 + 9_000, { type: 'acknowledge', alarm: asystole.id }),
      found({ ...asystole, seenUntil: T0 + 15_000 }),
    )
    expect(only(state)).toMatchObject({ rings: 1, firstRangAt: T0 + 1_000, firstAcknowledgedAt: T0 + 9_000 })
    const latched = run(found(asystole), ended(asystole, T0 + 20_000), found(resumed))
    const acknowledged = decide(latched, staff(T0 + 40_000, { type: 'acknowledge', alarm: asystole.id })).state
    expect(only(acknowledged)).toMatchObject({ rings: 2, firstRangAt: T0 + 1_000, firstAcknowledgedAt: T0 + 40_000 })
    expect(only(run(found({ ...asystole, late: true })))).toMatchObject({ rings: 0 })
    const standby = run(staff(T0, { type: 'monitoring', state: 'standby' }), found(asystole))
    expect(Object.values(standby.suppressed)).toMatchObject([{ rings: 0 }])
    const back = decide(standby, staff(T0 + 5_000, { type: 'monitoring', state: 'on' })).state
    expect(only(back)).toMatchObject({ rings: 1, firstRangAt: T0 + 5_000 })
  })

  it('keeps what staff found at the bed, the last word, and changes nothing else by it', () => {
    const judge = (at: number, verdict: 'confirmed' | 'false', change: { reason?: string } = {}) =>
      staff(at, { type: 'verdict', alarm: asystole.id, verdict, ...change })
    const raised = run(found(asystole))
    const said = decide(raised, judge(T0 + 5_000, 'confirmed', { reason: 'pulseless' }))
    expect(said.events).toMatchObject([{ event: 'judged', by: 'nurse' }])
    expect(only(said.state)).toEqual({
      ...only(raised),
      verdict: { verdict: 'confirmed', at: T0 + 5_000, by: 'nurse', reason: 'pulseless' },
    })
    const corrected = only(decide(said.state, judge(T0 + 9_000, 'false')).state)
    expect(corrected.verdict).toEqual({ verdict: 'false', at: T0 + 9_000, by: 'nurse' })
    // Held while the patient is in standby: it stays held.
    const held = run(
      found(asystole),
      staff(T0 + 3_000, { type: 'monitoring', state: 'standby' }),
      judge(T0 + 5_000, 'false'),
    )
    expect(Object.values(held.suppressed)).toMatchObject([{ id: asystole.id, verdict: { verdict: 'false' } }])
    expect(held.alarms).toEqual({})
  })

  it('is judged after its end too, as the command brings it; of another patient or still standing it is not taken', () => {
    const over = run(found(lowSpo2), ended(lowSpo2, T0 + 20_000))
    expect(over.alarms).toEqual({})
    const kept: Alarm = { ...only(run(found(lowSpo2))), state: 'ended', endedAt: T0 + 20_000 }
    const judge = (change: Partial<Alarm>) =>
      decide(
        over,
        staff(T0 + 60_000, { type: 'verdict', alarm: kept.id, verdict: 'false', ended: { ...kept, ...change } }),
      )
    const { events, state } = judge({})
    expect(events).toMatchObject([{ event: 'judged', version: over.version + 1, alarm: { id: kept.id, state: 'ended', verdict: { verdict: 'false' } } }]) // prettier-ignore
    expect(state.alarms).toEqual({})
    expect(decide(state, found(lowSpo2)).events).toEqual([])
    for (const change of [{ patient: 'p2' }, { id: 'other' }, { state: 'active' as const }]) {
      expect(judge(change).events).toEqual([])
    }
    expect(decide(over, staff(T0 + 60_000, { type: 'verdict', alarm: kept.id, verdict: 'false' })).events).toEqual([])
  })

  it('rings again where what spoke against a rhythm is gone, also after somebody acknowledged it as over', () => {
    const { priority: _none, ...rest } = asystole
    const doubted = { ...rest, seenUntil: T0 + 5_000 }
    const believed = { ...asystole, seenUntil: T0 + 8_000 }
    const latched = run(found(asystole), found(doubted))
    expect(only(latched).state).toBe('latched')
    const back = only(decide(latched, found(believed)).state)
    expect(back).toMatchObject({ state: 'active', rings: 2 })
    const gone = decide(latched, staff(T0 + 6_000, { type: 'acknowledge', alarm: asystole.id })).state
    expect(gone.alarms).toEqual({})
    const raised = decide(gone, found(believed)).state
    expect(isSounding(only(raised), T0 + 8_000)).toBe(true)
    // And what was read before has no effect.
    for (const old of [asystole, doubted, believed]) expect(decide(raised, found(old)).events).toEqual([])
    expect(decide(raised, ended(believed, T0 + 9_000)).state.alarms).toMatchObject({ [asystole.id]: { state: 'latched' } }) // prettier-ignore
  })

  it('rings again where late data shows that what had ended goes on', () => {
    const over = run(found(lowSpo2), ended(lowSpo2, T0 + 20_000))
    expect(decide(over, found({ ...lowSpo2, seenUntil: T0 + 20_000 })).events).toEqual([])
    expect(only(decide(over, found({ ...lowSpo2, seenUntil: T0 + 21_000 })).state).state).toBe('active')
  })

  it('leaves a latched alarm as it is where the same is found and asks for no alarm', () => {
    const { priority: _none, ...quiet } = findingOf('asystole', T0 + 30_000)
    const latched = run(found(asystole), ended(asystole, T0 + 20_000))
    expect(decide(latched, found(quiet)).events).toEqual([])
  })

  it('does not silence what rang anew between the press of a button and its effect', () => {
    const worse = { ...lowSpo2, priority: 'high' as AlarmPriority, seenUntil: T0 + 4_000 }
    const state = run(found(lowSpo2), found(worse))
    const pressed = { alarm: lowSpo2.id, rings: 1, at: T0 + 3_000 }
    expect(decide(state, staff(T0 + 6_000, { type: 'acknowledge', ...pressed })).events).toEqual([])
    expect(decide(state, staff(T0 + 6_000, { type: 'pause', until: T0 + 90_000, ...pressed })).events).toEqual([])
    const all = staff(T0 + 6_000, { type: 'pause', until: T0 + 90_000, at: T0 + 3_000 })
    expect(isSounding(only(decide(state, all).state), T0 + 6_000)).toBe(true)
    const seen = staff(T0 + 6_000, { type: 'acknowledge', alarm: lowSpo2.id, rings: 2 })
    expect(only(decide(state, seen).state).state).toBe('acknowledged')
  })

  it('reminds anew after a standby, not at once', () => {
    const acknowledge = (at: number) => staff(at, { type: 'acknowledge', alarm: asystole.id })
    const minute = 60_000
    const state = run(
      found(asystole),
      acknowledge(T0 + minute),
      tick(T0 + 6 * minute),
      staff(T0 + 7 * minute, { type: 'monitoring', state: 'standby' }),
      staff(T0 + 30 * minute, { type: 'monitoring', state: 'on' }),
      acknowledge(T0 + 31 * minute),
    )
    expect(decide(state, tick(T0 + 32 * minute)).events).toEqual([])
    expect(decide(state, tick(T0 + 36 * minute)).events).toMatchObject([{ event: 'reminded' }])
  })

  it('ignores an event of a writer that had lost the patient', () => {
    const state = run(found(asystole))
    const stale = decide(noAlarms(PATIENT), found(lowSpo2)).events
    expect(stale).toHaveLength(1)
    expect(stale.reduce(evolve, state)).toBe(state)
  })
})

it('a state fits into a record of the log however many alarms end in a day, and knows the newest of them', () => {
  const patient = 'x'.repeat(64)
  const idOf = (number: number) => `${patient}.pause.${T0 + number * 9_000}`
  const many = 9_600
  // A day of it, as an earlier version would have remembered it.
  const ended = Object.fromEntries(Array.from({ length: many }, (_, number) => [idOf(number), T0 + number * 9_000]))
  const at = T0 + many * 9_000
  const finding = { ...findingOf('pause', at, { status: 'ended', end: at + 3_000, priority: 'medium' }), patient }
  const { state } = decide(
    { ...noAlarms(patient), ended },
    { kind: 'finding', at, finding: { ...finding, id: idOf(many) } },
  )
  expect(JSON.stringify(state).length).toBeLessThan(512 * 1024)
  for (const number of [many, many - 1, many - 1_000]) {
    expect(decide(state, { kind: 'finding', at, finding: { ...finding, id: idOf(number) } }).events).toEqual([])
  }
})
