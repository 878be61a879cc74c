import { decide, noAlarms, type PatientAlarms } from '@pulsewire/alarms'
import { staffCommand, type Alarm } from '@pulsewire/contracts'
import type { Tail } from '@pulsewire/event-log'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { appendAlarmEvent, exampleAlarm, startHarness, type Harness } from '../testing/harness.ts'

const HOUR_MS = 3_600_000
/** 06:00 UTC of a day. */
const T = Date.UTC(2026, 4, 4, 6)
const NOW = T + 12 * HOUR_MS
let harness: Harness
let manager: Tail | undefined
beforeEach(async () => {
  harness = await startHarness({ now: () => NOW })
  for (const [id, place] of [
    ['p1', 'Ward 3, bed 1'],
    ['p2', 'Ward 3, bed 2'],
    ['p3', 'ICU 7'],
  ]) {
    await harness.call('POST', 'patients', { body: { id, name: id, place } })
  }
})
afterEach(async () => {
  await manager?.stop()
  manager = undefined
  await harness.stop()
})

const ended = (patient: string, onset: number, lastsS: number, change: Partial<Alarm> = {}): Alarm =>
  exampleAlarm(patient, onset, {
    type: 'limit',
    code: 'spo2',
    side: 'low',
    priority: 'medium',
    evidence: { worst: 86 },
    state: 'ended',
    rings: 1,
    firstRangAt: onset + 10_000,
    conditionEndedAt: onset + lastsS * 1_000,
    endedAt: onset + lastsS * 1_000,
    ...change,
  })
const confirmed = { verdict: { verdict: 'confirmed', at: T, by: 'nurse' } } as const
const report = async (query: string, token?: string) =>
  harness.call('GET', `reports/alarm-burden${query}`, token === undefined ? {} : { token })

/** Puts SpO2 of each second into the store. */
function spo2(patient: string, from: number, values: readonly number[]): void {
  values.forEach((value, second) =>
    harness.data.vitals.push({ patient, device: 'd', code: 'spo2', time: from + second * 1_000, value }),
  )
}

describe('a nurse says whether an alarm was right', () => {
  /** The alarm manager, as it decides. */
  async function manage(states: Map<string, PatientAlarms>): Promise<void> {
    manager = await harness.log.tail({
      topics: ['staff-commands'],
      handler: async ({ records }) => {
        for (const { value } of records) {
          const command = staffCommand.parse(JSON.parse(Buffer.from(value ?? []).toString()))
          const before = states.get(command.patient) ?? noAlarms(command.patient)
          const { events, state } = decide(before, { kind: 'staff', at: NOW, command })
          states.set(command.patient, state)
          for (const event of events) await appendAlarmEvent(harness.log, event)
        }
      },
    })
  }
  const judge = (id: string, body: unknown, token: string) =>
    harness.call('POST', `alarms/${id}/verdict`, { body, token })

  test('of one that rings: it is kept with who and why, and the last word counts', async () => {
    const alarm = exampleAlarm('p1', NOW - 60_000)
    const raised = { patient: 'p1', version: 1, at: NOW - 60_000, event: 'raised', alarm } as const
    await appendAlarmEvent(harness.log, raised)
    await vi.waitFor(async () => expect((await harness.call('GET', `alarms/${alarm.id}`)).status).toBe(200))
    await manage(new Map([['p1', { ...noAlarms('p1'), version: 1, alarms: { [alarm.id]: alarm } }]]))
    const nurse = await harness.tokenOf('clinician')
    const first = await judge(alarm.id, { verdict: 'confirmed' }, nurse)
    expect([first.status, first.json['verdict']]).toEqual([200, { verdict: 'confirmed', at: NOW, by: 'the-clinician' }])
    const second = await judge(alarm.id, { verdict: 'false', reason: 'lead had come off' }, nurse)
    expect(second.json).toMatchObject({ state: 'active', verdict: { verdict: 'false', reason: 'lead had come off' } })
    const audited: unknown[] = []
    for (const { partition } of await harness.log.ends('audit')) {
      for await (const records of harness.log.read('audit', partition, { from: 0 })) {
        audited.push(...records.map(({ value }): unknown => JSON.parse(Buffer.from(value ?? []).toString())))
      }
    }
    expect(audited).toContainEqual(
      expect.objectContaining({
        by: 'the-clinician',
        action: 'POST /alarms/:id/verdict',
        target: { id: alarm.id },
        change: { verdict: 'false', reason: 'lead had come off' },
      }),
    )
  })

  test('of one that ended long ago: the store has it, the alarm manager not', async () => {
    const past = ended('p1', T, 60)
    harness.data.alarms.push(past)
    await manage(new Map())
    const answer = await judge(past.id, { verdict: 'confirmed' }, harness.token)
    expect([answer.status, answer.json['state'], answer.json['verdict']]).toMatchObject([
      200,
      'ended',
      { verdict: 'confirmed', by: 'admin' },
    ])
    // And the report knows at once, before the store does.
    expect((await report(`?from=${T}&to=${NOW}`)).json).toMatchObject({ confirmed: { count: 1, of: 1 } })
  })

  test('who looks on, analyses or is another system does not judge; a word that is none is refused', async () => {
    const past = ended('p1', T, 60)
    harness.data.alarms.push(past)
    for (const role of ['viewer', 'analyst', 'integration'] as const) {
      const answer = await judge(past.id, { verdict: 'false' }, await harness.tokenOf(role))
      expect([role, answer.json['code']]).toEqual([role, 'PW_FORBIDDEN'])
    }
    expect((await judge(past.id, { verdict: 'perhaps' }, harness.token)).json['code']).toBe('PW_REQUEST_INVALID')
    expect((await judge('none', { verdict: 'false' }, harness.token)).json['code']).toBe('PW_NOT_FOUND')
    // Nobody manages: it is asked, and not in force.
    expect((await judge(past.id, { verdict: 'false' }, harness.token)).status).toBe(202)
  })
})

describe('an analyst reads the burden of alarms', () => {
  beforeEach(() => {
    harness.data.alarms.push(
      ended('p1', T, 12, { verdict: { verdict: 'false', at: T, by: 'nurse' }, firstAcknowledgedAt: T + 40_000 }),
      ended('p1', T + HOUR_MS, 300, { evidence: { worst: 79 }, rings: 2, ...confirmed, firstAcknowledgedAt: T + HOUR_MS + 130_000 }), // prettier-ignore
      ended('p2', T + 2 * HOUR_MS, 200, { evidence: { worst: 89 }, ...confirmed }),
      ended('p3', T + 3 * HOUR_MS, 15),
      ended('p3', T - 3 * HOUR_MS, 15, { id: 'before' }),
    )
    // p1 was watched in two quarters of an hour, p2 in one, p3 not at all.
    spo2('p1', T + 10 * 60_000, Array<number>(600).fill(96))
    spo2('p2', T, [97])
  })

  test('per bed and day, by type and hour, with the interval and the time to acknowledge', async () => {
    const token = await harness.tokenOf('analyst')
    const { status, json } = await report(`?from=${T}&to=${NOW}&tz=Europe/Berlin`, token)
    expect(status).toBe(200)
    expect(json).toMatchObject({ from: T, to: NOW, tz: 'Europe/Berlin', patients: 3, alarms: 4, rings: 5 })
    expect(json['bedDays']).toBeCloseTo(0.75 / 24, 5)
    expect(Number(json['alarmsPerBedDay'])).toBeCloseTo(4 / (0.75 / 24), 3)
    expect(json['confirmed']).toMatchObject({ count: 2, of: 3 })
    expect(json['beds']).toMatchObject([
      { patient: 'p1', place: 'Ward 3, bed 1', alarms: 2, rings: 3, outlier: false },
      { patient: 'p2', alarms: 1 },
      { patient: 'p3', alarms: 1, bedDays: 0, alarmsPerBedDay: 0 },
    ])
    expect(json['rows']).toMatchObject([
      { type: 'limit', code: 'spo2', side: 'low', priority: 'medium', alarms: 4, acknowledged: 2, medianToAcknowledgeMs: 75_000, p90ToAcknowledgeMs: 120_000 }, // prettier-ignore
    ])
    // 06:00 UTC is 08:00 in Berlin in May.
    expect((json['byHour'] as number[]).slice(7, 13)).toEqual([0, 1, 1, 1, 1, 0])
  })

  test('of one unit, or of one patient', async () => {
    expect((await report(`?from=${T}&to=${NOW}&unit=ward 3`)).json).toMatchObject({ patients: 2, alarms: 3 })
    expect((await report(`?from=${T}&to=${NOW}&patient=p3`)).json).toMatchObject({ patients: 1, alarms: 1 })
    expect((await report('?patient=nobody')).json['code']).toBe('PW_NOT_FOUND')
    expect((await report(`?from=0&to=${NOW}`)).json['code']).toBe('PW_REQUEST_INVALID')
    expect((await report('?tz=Mars')).json['code']).toBe('PW_REQUEST_INVALID')
  })

  test('what another delay would have done, next to what it would have missed', async () => {
    const { json } = await report(`/what-if?from=${T}&to=${NOW}&code=spo2&delayS=250`)
    expect(json).toMatchObject({
      alarms: { rang: 4, confirmed: 2, wouldRing: 1, spared: 2, unjudged: 1, missed: 1 },
    })
    expect((json['alarms'] as { missedAlarms: string[] }).missedAlarms).toEqual([
      harness.data.alarms.find(({ patient }) => patient === 'p2')?.id,
    ])
    expect(json['values']).toBeUndefined()
  })

  test('what another limit would have done; and a tighter one, over the stored values of one patient', async () => {
    const wider = await report(`/what-if?from=${T}&to=${NOW}&code=spo2&side=low&limit=88`)
    expect(wider.json['alarms']).toMatchObject({ rang: 4, wouldRing: 3, missed: 1 })
    harness.data.vitals.length = 0
    // 20 s at 91, 30 s at 85: the limit in force is 90.
    spo2('p1', T + 5 * HOUR_MS, [...Array<number>(60).fill(96), ...Array<number>(20).fill(91), ...Array<number>(60).fill(96), ...Array<number>(30).fill(85), 96]) // prettier-ignore
    const tighter = await report(
      `/what-if?from=${T + 5 * HOUR_MS}&to=${NOW}&patient=p1&code=spo2&side=low&limit=93&delayS=5`,
    )
    expect(tighter.json['values']).toMatchObject({
      present: { limit: 90, delayS: 10, values: 171, episodes: 1 },
      candidate: { limit: 93, delayS: 5, episodes: 2, missed: 0 },
    })
  })

  test('a question that cannot be answered is refused with what is missing', async () => {
    expect((await report('/what-if?code=spo2')).json['code']).toBe('PW_REQUEST_INVALID')
    expect((await report('/what-if?limit=88')).json['code']).toBe('PW_REQUEST_INVALID')
    expect((await report('/what-if?type=none&delayS=5')).json['code']).toBe('PW_REQUEST_INVALID')
  })

  test('pages of the store count each alarm once', async () => {
    const { store } = harness
    const all = [...harness.data.alarms].sort((a, b) => a.onset - b.onset)
    vi.spyOn(store, 'alarms').mockImplementation(async ({ from = 0 }) => {
      const later = all.filter(({ onset }) => onset >= from)
      const overlapping = all.filter(({ onset, endedAt = Infinity }) => onset < from && endedAt >= from)
      const next = later[1]?.onset
      return { alarms: [...overlapping, ...later.slice(0, 1)], ...(next === undefined ? {} : { next }) }
    })
    expect((await report(`?from=${T}&to=${NOW}`)).json).toMatchObject({ alarms: 4 })
  })
})
