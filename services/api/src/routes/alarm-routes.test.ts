import type { Alarm, AlarmEvent, StaffCommand } from '@pulsewire/contracts'
import type { Tail } from '@pulsewire/event-log'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { appendAlarmEvent, exampleAlarm, startHarness, type Harness } from '../testing/harness.ts'

const T = Date.now() - 60_000
let harness: Harness
let manager: Tail | undefined
let asked: StaffCommand[]
beforeEach(async () => {
  asked = []
  harness = await startHarness()
  await harness.call('POST', 'patients', { body: { id: 'p1', name: 'A' } })
})
afterEach(async () => {
  await manager?.stop()
  manager = undefined
  await harness.stop()
})

/** Raises an alarm and starts something that obeys as the alarm manager does. */
async function raise(changes: Partial<Alarm> = {}): Promise<Alarm> {
  const alarm = exampleAlarm('p1', T, changes)
  await appendAlarmEvent(harness.log, { patient: 'p1', version: 1, at: T, event: 'raised', alarm })
  await vi.waitFor(async () => expect((await harness.call('GET', `alarms/${alarm.id}`)).status).toBe(200))
  return alarm
}
async function obey(
  first: Alarm,
  answer: (command: StaffCommand, alarm: Alarm) => Partial<AlarmEvent> | undefined,
): Promise<void> {
  let version = 1
  let alarm = first
  manager = await harness.log.tail({
    topics: ['staff-commands'],
    handler: async ({ records }) => {
      for (const { value } of records) {
        const command = JSON.parse(Buffer.from(value ?? []).toString()) as StaffCommand
        asked.push(command)
        const event = answer(command, alarm)
        if (event === undefined) continue
        alarm = event.alarm ?? alarm
        await appendAlarmEvent(harness.log, {
          patient: 'p1',
          version: ++version,
          at: Date.now(),
          event: 'updated',
          ...event,
        })
      }
    },
  })
}
const acknowledged = (alarm: Alarm, by: string): Alarm => ({
  ...alarm,
  state: 'acknowledged',
  acknowledgedBy: by,
  acknowledgedAt: Date.now(),
})
const post = (path: string, body?: unknown) =>
  harness.call('POST', `alarms/${path}`, body === undefined ? {} : { body })

describe('reading', () => {
  test('current alarms come from the log at once, ended ones from the store, each one once', async () => {
    const alarm = await raise()
    const past = exampleAlarm('p1', T - 3_600_000, { state: 'ended', endedAt: T - 3_000_000 })
    harness.data.alarms.push(past, { ...alarm, state: 'ended' })
    expect((await harness.call('GET', 'alarms')).json['alarms']).toEqual([alarm, past])
    expect((await harness.call('GET', 'alarms?state=active')).json['alarms']).toEqual([alarm])
    expect((await harness.call('GET', 'alarms?state=ended')).json['alarms']).toEqual([past])
    expect((await harness.call('GET', 'alarms?patient=p2&type=asystole')).json['alarms']).toEqual([])
    expect((await harness.call('GET', `alarms?state=active,latched&from=${T - 1000}&to=${T}`)).json['alarms']).toEqual(
      [],
    )
    expect((await harness.call('GET', `alarms/${past.id}`)).json).toMatchObject({ evidence: { pauseMs: 4200 } })
    expect((await harness.call('GET', 'alarms/none')).json['code']).toBe('PW_NOT_FOUND')
    expect((await harness.call('GET', 'alarms?state=loud')).json['code']).toBe('PW_REQUEST_INVALID')
  })

  test('an API that starts later knows the same', async () => {
    const alarm = await raise()
    const later = await startHarness({ log: harness.log })
    expect((await later.call('GET', 'alarms?state=active')).json['alarms']).toEqual([alarm])
    await later.api.stop()
  })
})

describe('acknowledge', () => {
  test('answers the alarm as the alarm manager has then made it, with who it was', async () => {
    const alarm = await raise()
    await obey(alarm, (command, now) => ({
      event: 'acknowledged',
      by: command.by,
      alarm: acknowledged(now, command.by),
    }))
    const answer = await post(`${alarm.id}/acknowledge`)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ id: alarm.id, state: 'acknowledged', acknowledgedBy: 'admin' })
    expect(asked).toMatchObject([{ type: 'acknowledge', patient: 'p1', alarm: alarm.id, by: 'admin' }])
    const again = await post(`${alarm.id}/acknowledge`, {})
    expect([again.status, again.json['code']]).toEqual([409, 'PW_ALARM_STATE'])
  })

  test('a latched alarm ends with it', async () => {
    const alarm = await raise({ state: 'latched' })
    await obey(alarm, (_, now) => ({ event: 'ended', alarm: { ...now, state: 'ended', endedAt: Date.now() } }))
    expect((await post(`${alarm.id}/acknowledge`)).json).toMatchObject({ state: 'ended' })
    expect((await post(`${alarm.id}/acknowledge`)).status).toBe(409)
  })

  test('what nobody does in time is 202 with the alarm as it stands: asked, not done', async () => {
    const alarm = await raise()
    const answer = await post(`${alarm.id}/acknowledge`)
    expect([answer.status, answer.json['state']]).toEqual([202, 'active'])
  })

  test('an alarm that nobody knows is not there', async () => {
    expect((await post('none/acknowledge')).status).toBe(404)
  })
})

describe('pause and comment', () => {
  test('a pause is timed, two minutes where nothing is said, and of all the patient where wanted', async () => {
    const alarm = await raise()
    await obey(alarm, (command, now) =>
      command.type === 'pause'
        ? { event: 'audio-paused', alarm: { ...now, audioPausedUntil: command.until } }
        : undefined,
    )
    const before = Date.now()
    const paused = Number((await post(`${alarm.id}/pause`)).json['audioPausedUntil'])
    expect(paused - before).toBeGreaterThanOrEqual(120_000)
    expect(paused - before).toBeLessThan(125_000)
    expect((await post(`${alarm.id}/pause`, { seconds: 30, all: true })).status).toBe(200)
    expect(asked[0]).toMatchObject({ type: 'pause', alarm: alarm.id })
    expect(asked[1]).not.toHaveProperty('alarm')
    for (const body of [{ seconds: 0 }, { seconds: 86_400 }, { until: before - 1 }, { until: before + 86_400_000 }])
      expect((await post(`${alarm.id}/pause`, body)).json['code']).toBe('PW_REQUEST_INVALID')
  })

  test('the sound of the whole ward: of each patient with an alarm that nobody has acknowledged', async () => {
    const alarm = await raise()
    await obey(alarm, () => undefined)
    const answer = await post('pause', { seconds: 60 })
    expect([answer.status, answer.json['patients']]).toEqual([202, ['p1']])
    await vi.waitFor(() => expect(asked).toMatchObject([{ type: 'pause', patient: 'p1', until: answer.json['until'] }]))
    expect(asked[0]).not.toHaveProperty('alarm')
    expect((await post('pause', { seconds: 86_400 })).json['code']).toBe('PW_REQUEST_INVALID')
  })

  test('an ended alarm has no sound to pause, but may be remarked upon', async () => {
    const past = exampleAlarm('p1', T, { state: 'ended', endedAt: T })
    harness.data.alarms.push(past)
    expect((await post(`${past.id}/pause`)).json['code']).toBe('PW_ALARM_STATE')
    expect((await post(`${past.id}/comment`, { text: 'false alarm' })).status).toBe(202)
  })

  test('a comment stays with the alarm', async () => {
    const alarm = await raise()
    await obey(alarm, (command, now) =>
      command.type === 'comment'
        ? { event: 'commented', alarm: { ...now, comments: [{ at: command.at, by: command.by, text: command.text }] } }
        : undefined,
    )
    expect((await post(`${alarm.id}/comment`, { text: 'lead was off' })).json).toMatchObject({
      comments: [{ by: 'admin', text: 'lead was off' }],
    })
    expect((await post(`${alarm.id}/comment`, { text: '' })).json['errors']).toMatchObject([{ field: 'text' }])
  })
})

describe('what staff do for a patient', () => {
  test('monitoring: answers what is then in force; what is not done in time is 202', async () => {
    const alarm = await raise()
    const put = (body: unknown) => harness.call('PUT', 'patients/p1/monitoring', { body })
    expect((await put({ state: 'standby' })).status).toBe(202)
    await obey(alarm, (command) =>
      command.type === 'monitoring'
        ? {
            event: 'monitoring',
            monitoring: {
              state: command.state,
              by: command.by,
              ...(command.until === undefined ? {} : { until: command.until }),
            },
          }
        : undefined,
    )
    const until = Date.now() + 600_000
    const answer = await put({ state: 'standby', until })
    expect([answer.status, answer.json]).toEqual([
      200,
      { patient: 'p1', monitoring: { state: 'standby', by: 'admin', until } },
    ])
    expect((await harness.call('GET', 'patients/p1')).json['monitoring']).toMatchObject({ state: 'standby' })
    expect((await put({ state: 'on' })).json).toMatchObject({ monitoring: { state: 'on' } })
    expect((await put({ state: 'on', until: 1 })).status).toBe(400)
    expect((await put({ state: 'asleep' })).json['errors']).toMatchObject([{ field: 'state' }])
    expect((await harness.call('PUT', 'patients/none/monitoring', { body: { state: 'on' } })).status).toBe(404)
  })

  test('hand-over: offered by one, taken over by another, each in force when it is answered', async () => {
    const alarm = await raise()
    const ask = (what: string, body?: unknown, id = 'p1') => harness.call('POST', `patients/${id}/${what}`, { body })
    expect((await ask('take-over')).status).toBe(202)
    await obey(alarm, (command) => {
      if (command.type === 'take-over')
        return { event: 'handed-over', monitoring: { state: 'on', responsible: command.by } }
      if (command.type !== 'hand-over') return undefined
      const { to, by, at } = command
      return { event: 'hand-over-offered', monitoring: { state: 'on', responsible: 'admin', offered: { to, by, at } } }
    })
    const offered = await ask('hand-over', { to: 'ben' })
    expect([offered.status, offered.json['monitoring']]).toMatchObject([200, { offered: { to: 'ben', by: 'admin' } }])
    const taken = await ask('take-over')
    expect([taken.status, taken.json]).toEqual([
      200,
      { patient: 'p1', monitoring: { state: 'on', responsible: 'admin' } },
    ])
    expect((await ask('hand-over', {})).json['errors']).toMatchObject([{ field: 'to' }])
    expect((await ask('take-over', {}, 'none')).status).toBe(404)
  })

  test('observations: what staff entered goes into the log with who did, and shows as the latest', async () => {
    const at = Date.now() - 60_000
    const enter = (body: unknown, patient = 'p1') => harness.call('POST', `patients/${patient}/observations`, { body })
    const answer = await enter({
      at: new Date(at).toISOString(),
      vitals: { consciousness: 'V', supplementalOxygen: 1, systolic: 118 },
    })
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ patient: 'p1', at, by: 'admin', vitals: { consciousness: 'V' } })
    await vi.waitFor(async () => {
      const { json } = await harness.call('GET', 'patients/p1')
      expect(json['latest']).toMatchObject({
        consciousness: { value: 'V', time: at, device: 'staff' },
        systolic: { value: 118 },
      })
    })
    const fieldOf = async (body: unknown) => ((await enter(body)).json['errors'] as { field: string }[])[0]?.field
    expect(await fieldOf({ vitals: { spo2: 140 } })).toBe('vitals.spo2')
    expect(await fieldOf({ vitals: {} })).toBe('vitals')
    expect(await fieldOf({ vitals: { mood: 3 } })).toBe('vitals')
    expect((await enter({ at: Date.now() + 3_600_000, vitals: { spo2: 97 } })).status).toBe(400)
    expect((await enter({ at: 0, vitals: { spo2: 97 } })).status).toBe(400)
    expect((await enter({ vitals: { spo2: 97 } }, 'none')).status).toBe(404)
  })
})
