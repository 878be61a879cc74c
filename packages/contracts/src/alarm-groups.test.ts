import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupAlarms } from './alarm-groups.ts'
import type { Alarm } from './alarms.ts'
import { alarmKindOf } from './findings.ts'

const T = 1_790_000_000_000

function alarmOf(type: Alarm['type'], patient: string, device: string | undefined, afterS = 0): Alarm {
  return {
    id: `${patient}.${type}.${device ?? ''}.${afterS}`, patient, ...(device === undefined ? {} : { device }), type, kind: alarmKindOf(type),
    priority: 'medium', state: 'active', onset: T + afterS * 1_000, raisedAt: T + afterS * 1_000, escalation: 0, late: false, message: type,
    evidence: {}, confidence: 1, quality: 1, rule: { name: type, version: '1' }, comments: [],
  } // prettier-ignore
}
const shown = (...alarms: Alarm[]) =>
  groupAlarms(alarms).map(({ why, cause, members }) => [why, cause.type, members.length])

describe('alarms of one cause', () => {
  it('all leads off and unreadable, of one device, are one', () =>
    expect(
      shown(
        alarmOf('signal-quality', 'p1', 'd1', 20),
        alarmOf('lead-off', 'p1', 'd1', 5),
        alarmOf('lead-off', 'p1', 'd1', 4),
        alarmOf('signal-quality', 'p1', 'd2'),
      ),
    ).toEqual([
      ['device', 'lead-off', 3],
      ['none', 'signal-quality', 1],
    ]))

  it('a device that fell silent explains its battery, its leads and its signal; not its clock, not another patient’s', () =>
    expect(
      shown(
        alarmOf('battery-low', 'p1', 'd1', -600),
        alarmOf('lead-off', 'p1', 'd1'),
        alarmOf('signal-quality', 'p1', 'd1'),
        alarmOf('no-data', 'p1', 'd1', 9),
        alarmOf('clock', 'p1', 'd1'),
        alarmOf('battery-low', 'p2', 'd2'),
      ),
    ).toEqual([
      ['device', 'no-data', 4],
      ['none', 'clock', 1],
      ['none', 'battery-low', 1],
    ]))

  it('several devices of a patient that fall silent at once are one; later ones are another', () =>
    expect(
      shown(alarmOf('no-data', 'p1', 'd1'), alarmOf('no-data', 'p1', 'd2', 10), alarmOf('no-data', 'p1', 'd3', 300)),
    ).toEqual([
      ['patient', 'no-data', 2],
      ['none', 'no-data', 1],
    ]))

  it('two silent patients are two; three at once are an outage', () => {
    const silent = (patient: string, afterS: number) => alarmOf('no-data', patient, `${patient}-d`, afterS)
    expect(shown(silent('p1', 0), silent('p2', 1))).toEqual([
      ['none', 'no-data', 1],
      ['none', 'no-data', 1],
    ])
    expect(shown(silent('p1', 0), silent('p2', 1), silent('p3', 2), alarmOf('lead-off', 'p3', 'p3-d'))).toEqual([
      ['outage', 'no-data', 4],
    ])
  })

  it('what the system itself says is one, with all that fell silent since; what was silent before is not its', () =>
    expect(
      shown(
        alarmOf('no-data', 'p1', 'd1', -3_600),
        alarmOf('system', 'system', undefined, 10),
        alarmOf('system', 'system', undefined, 12),
        alarmOf('no-data', 'p2', 'd2', 1),
        alarmOf('asystole', 'p3', 'd3', 20),
      ),
    ).toEqual([
      ['none', 'no-data', 1],
      ['system', 'system', 3],
      ['none', 'asystole', 1],
    ]))

  it('each alarm is in one group, none is lost, and nothing of a patient’s heart is in a group of others', () => {
    const any = fc.record({
      type: fc.constantFrom('asystole', 'limit', 'no-data', 'lead-off', 'signal-quality', 'battery-low', 'system'),
      patient: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
      device: fc.constantFrom('d1', 'd2', undefined),
      afterS: fc.integer({ min: -100, max: 100 }),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), (records) => {
        const alarms = records.map(({ type, patient, device, afterS }) => alarmOf(type, patient, device, afterS))
        const unique = [...new Map(alarms.map((alarm) => [alarm.id, alarm])).values()]
        const groups = groupAlarms(unique)
        const ids = groups.flatMap(({ members }) => members.map(({ id }) => id))
        expect(ids.toSorted()).toEqual(unique.map(({ id }) => id).toSorted())
        for (const { cause, members } of groups) {
          expect(members[0]).toBe(cause)
          if (members.length > 1) expect(members.every(({ kind }) => kind === 'technical')).toBe(true)
        }
      }),
    )
  })
})
