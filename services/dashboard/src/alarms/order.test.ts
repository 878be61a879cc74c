import { ringsAtAll } from '@pulsewire/contracts/sounding'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alarmFixture } from './fixtures.ts'
import { alarmBar, alarmsOf, byUrgency, highestPriority, mostUrgent } from './order.ts'

const at = 1_790_000_000_000

describe('order of alarms', () => {
  it('puts priority first, then the unacknowledged, then the oldest', () => {
    const list = [
      alarmFixture({ id: 'low-old', priority: 'low', onset: at - 9000 }),
      alarmFixture({ id: 'high-seen', priority: 'high', state: 'acknowledged', onset: at - 8000 }),
      alarmFixture({ id: 'high-new', priority: 'high', onset: at }),
      alarmFixture({ id: 'high-older', priority: 'high', onset: at - 1000 }),
      alarmFixture({ id: 'medium', onset: at - 90_000 }),
    ]
    expect(list.sort(byUrgency).map((alarm) => alarm.id)).toEqual([
      'high-older',
      'high-new',
      'high-seen',
      'medium',
      'low-old',
    ])
  })

  it('is the same whatever the order of arrival', () => {
    const alarms = fc.array(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 4 }),
        priority: fc.constantFrom('high' as const, 'medium' as const, 'low' as const),
        state: fc.constantFrom('active' as const, 'acknowledged' as const, 'latched' as const),
        onset: fc.integer({ min: at, max: at + 5 }),
      }),
    )
    fc.assert(
      fc.property(alarms, (records) => {
        const unique = [...new Map(records.map((record) => [record.id, alarmFixture(record)])).values()]
        const forward = [...unique].sort(byUrgency).map((alarm) => alarm.id)
        const backward = unique
          .toReversed()
          .sort(byUrgency)
          .map((alarm) => alarm.id)
        expect(forward).toEqual(backward)
      }),
    )
  })

  it('never hides a high technical alarm in the count', () => {
    const bar = alarmBar([
      alarmFixture({ id: 'silent', type: 'no-data', kind: 'technical', priority: 'high' }),
      alarmFixture({ id: 'battery', patient: 'p2', type: 'battery-low', kind: 'technical', priority: 'low' }),
    ])
    expect(bar.entries.map(({ id }) => id)).toEqual(['silent'])
    expect(bar.technical.map(({ id }) => id)).toEqual(['battery'])
  })

  it('shows what has one cause as one entry, at the place of its most urgent alarm', () => {
    const technical = { kind: 'technical', device: 'd1' } as const
    const { technical: groups } = alarmBar([
      alarmFixture({ id: 'elsewhere', patient: 'p2', type: 'clock', kind: 'technical', priority: 'low' }),
      alarmFixture({ ...technical, id: 'off', type: 'lead-off', priority: 'low' }),
      alarmFixture({ ...technical, id: 'unread', type: 'signal-quality', priority: 'medium', onset: at + 9000 }),
    ])
    expect(groups.map(({ id, members }) => [id, members.length])).toEqual([
      ['off', 2],
      ['elsewhere', 1],
    ])
    expect(groups.map((group) => mostUrgent(group).id)).toEqual(['unread', 'elsewhere'])
  })

  it("shows a patient's own alarms only", () => {
    const list = [alarmFixture({ id: 'a', patient: 'p1' }), alarmFixture({ id: 'b', patient: 'p2' })]
    expect(alarmsOf(list, 'p2').map((alarm) => alarm.id)).toEqual(['b'])
  })

  it('does not ring for late data, nor for what is acknowledged; a latched one still rings', () => {
    expect(ringsAtAll(alarmFixture({ late: true }))).toBe(false)
    expect(ringsAtAll(alarmFixture({ state: 'acknowledged' }))).toBe(false)
    expect(ringsAtAll(alarmFixture({ state: 'latched' }))).toBe(true)
    expect(highestPriority([])).toBeUndefined()
  })
})
