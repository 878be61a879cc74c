import type { AlarmEvent } from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleAlarm } from '../testing/harness.ts'
import { createAlarmView } from './alarm-view.ts'

const NOW = Date.UTC(2026, 10, 23)
const record = (event: AlarmEvent, offset = 0): StoredRecord => ({
  topic: 'alarms',
  partition: 0,
  offset,
  timestamp: event.at,
  key: event.patient,
  headers: {},
  value: Buffer.from(JSON.stringify(event)),
})
const alarm = exampleAlarm('p1', NOW)
const raised: AlarmEvent = { patient: 'p1', version: 1, at: NOW, event: 'raised', alarm }
const ended: AlarmEvent = {
  patient: 'p1',
  version: 2,
  at: NOW,
  event: 'ended',
  alarm: { ...alarm, state: 'ended', endedAt: NOW },
}

describe('the version rule', () => {
  test('an event that does not follow has no effect, and is known as ignored', () => {
    const view = createAlarmView()
    expect(view.apply(record(raised, 0))).toEqual(raised)
    expect(view.apply(record({ ...ended, version: 1 }, 1))).toBeUndefined()
    expect([0, 1].map((offset) => view.ignored(0, offset))).toEqual([false, true])
    expect(view.current()).toEqual([alarm])
  })

  test('events after some that were lost to damage have their effect', () => {
    const view = createAlarmView()
    view.apply(record(raised, 0))
    expect(view.apply(record({ ...ended, version: 5 }, 1))).toMatchObject({ version: 5 })
    expect(view.apply(record({ ...raised, version: 4 }, 2))).toBeUndefined()
    expect(view.current()).toEqual([])
  })

  test('duplicated events end in the same alarms', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(raised, ended), { maxLength: 6 }), (extra) => {
        const view = createAlarmView()
        for (const [offset, event] of [raised, ...extra.filter((event) => event === raised), ended, ...extra].entries())
          view.apply(record(event, offset))
        expect(view.current()).toEqual([])
        expect(view.get(alarm.id)?.state).toBe('ended')
      }),
    )
  })
})

test('monitoring is on until somebody says otherwise', () => {
  const view = createAlarmView()
  expect(view.monitoringOf('p1')).toEqual({ state: 'on' })
  view.apply(
    record({ patient: 'p1', version: 1, at: NOW, event: 'monitoring', monitoring: { state: 'standby', by: 'eve' } }),
  )
  expect(view.monitoringOf('p1')).toEqual({ state: 'standby', by: 'eve' })
})

test('who waits for an effect is told of it, or that the time ran out', async () => {
  const view = createAlarmView()
  const seen = view.expect((event) => event.event === 'raised', 5_000)
  const late = view.expect((event) => event.event === 'ended', 10)
  view.apply(record(raised))
  expect(await seen.event).toEqual(raised)
  expect(await late.event).toBeUndefined()
})
