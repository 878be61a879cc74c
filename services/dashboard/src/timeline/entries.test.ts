import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import type { StaffCommand } from '../api/operations.ts'
import { type Happenings, timelineEntries } from './entries.ts'

const NONE: Happenings = { alarms: [], findings: [], devices: [], actions: [], notes: [] }
const common = { patient: 'p1', by: 'ann', at: 500 }

describe('the timeline', () => {
  it('puts all that happened into one line, newest first', () => {
    const entries = timelineEntries({
      alarms: [alarmFixture({ onset: 100 })],
      findings: [],
      devices: [{ time: 300, device: 'd1', what: 'offline' }],
      actions: [{ ...common, id: 'o', type: 'observation', observedAt: 200, vitals: { systolic: 118 } }],
      notes: [{ id: 'n', version: 1, at: 400, text: 'walks', category: 'note', patient: 'p1', by: 'ann', enteredAt: 1, earlier: [] }],
    }) // prettier-ignore
    expect(entries.map(({ time, kind }) => [time, kind])).toEqual([
      [400, 'note'],
      [300, 'device'],
      [200, 'staff'],
      [100, 'alarm'],
    ])
    expect(entries[2]).toMatchObject({ title: 'Observations entered', text: 'Systolic 118 · by ann' })
  })

  it('does not say an alarm again as its finding, nor a note again as what staff did', () => {
    const alarm = alarmFixture({})
    const finding = { ...alarm, status: 'ended' as const, seenUntil: alarm.onset }
    const annotation = { id: 'n', version: 1, at: 400, text: 'walks', category: 'note' as const }
    const entries = timelineEntries({
      ...NONE,
      alarms: [alarm],
      findings: [finding, { ...finding, id: 'other' }],
      actions: [{ ...common, id: 'a', type: 'annotation', annotation }],
    })
    expect(entries.map(({ key, kind }) => [key, kind])).toEqual([
      ['other', 'finding'],
      [alarm.id, 'alarm'],
    ])
  })

  it('has words for everything that staff do, with the alarm that it was about', () => {
    const alarm = alarmFixture({ id: 'p1.asystole.1', type: 'asystole' })
    const actions: StaffCommand[] = [
      { ...common, id: '1', type: 'acknowledge', alarm: alarm.id },
      { ...common, id: '2', type: 'acknowledge', alarm: 'p1.pause.7' },
      { ...common, id: '3', type: 'verdict', alarm: alarm.id, verdict: 'false', reason: 'lead was off' },
      { ...common, id: '4', type: 'limits', before: { heartRate: { low: 50, high: 120 } }, after: { heartRate: { high: 130 } } },
      { ...common, id: '5', type: 'monitoring', state: 'standby' },
    ] // prettier-ignore
    const texts = timelineEntries({ ...NONE, alarms: [alarm], actions })
      .filter(({ kind }) => kind === 'staff')
      .map(({ title, text }) => `${title}: ${text}`)
    expect(texts).toEqual([
      'Acknowledged: ASYSTOLE · by ann',
      'Acknowledged: pause · by ann',
      'False alarm: ASYSTOLE: lead was off · by ann',
      'Limits changed: HR low 50 → not watched, HR high 120 → 130 · by ann',
      'Monitoring standby: by ann',
    ])
  })
})
