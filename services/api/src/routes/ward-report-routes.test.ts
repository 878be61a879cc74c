import type { StaffCommand } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { appendJson, appendUplink, exampleAlarm, startHarness, type Harness } from '../testing/harness.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** 06:00 UTC of a day. */
const T = Date.UTC(2026, 4, 4, 6)
const NOW = T + 8 * HOUR_MS
let harness: Harness
let clock = T

beforeEach(async () => {
  clock = T
  harness = await startHarness({ now: () => clock })
  for (const [id, place] of [
    ['p1', 'Ward 3, bed 1'],
    ['p2', 'Ward 3, bed 2'],
    ['p3', 'ICU 7'],
  ]) {
    await harness.call('POST', 'patients', { body: { id, name: `Name of ${id}`, place } })
    await harness.call('POST', 'devices', { body: { id: `d-${id}` } })
    await harness.call('PUT', `devices/d-${id}/patient`, { body: { patient: id } })
  }
  clock = NOW
})
afterEach(() => harness.stop())

/** SpO2 of each minute of a stretch. */
function spo2(patient: string, fromMin: number, toMin: number, value = 96): void {
  for (let minute = fromMin; minute < toMin; minute++) {
    const time = T + minute * MINUTE_MS
    harness.data.vitals.push({ patient, device: `d-${patient}`, code: 'spo2', time, value })
  }
}
async function ask(command: Partial<StaffCommand> & Pick<StaffCommand, 'type' | 'patient' | 'at'>): Promise<void> {
  await appendJson(harness.log, 'staff-commands', command.patient, { type: command.type }, { id: `c${command.at}`, by: 'amal', ...command }) // prettier-ignore
}
const alarm = (patient: string, afterMin: number, change: Parameters<typeof exampleAlarm>[2] = {}) =>
  exampleAlarm(patient, T + afterMin * MINUTE_MS, { state: 'ended', rings: 1, firstRangAt: T + afterMin * MINUTE_MS, endedAt: T + (afterMin + 1) * MINUTE_MS, ...change }) // prettier-ignore

describe('a manager reads the statistics of a ward', () => {
  const report = async (query: string, token?: string) =>
    harness.call('GET', `reports/ward${query}`, token === undefined ? {} : { token })

  test('occupancy, standby, completeness, devices and alarms, without a value or a name of a patient', async () => {
    // Both for eight hours: p1 without the third, on standby for the fourth; p2 for two alone.
    spo2('p1', 0, 120)
    spo2('p1', 240, 480, 81)
    spo2('p2', 0, 120)
    await appendUplink(harness.log, { kind: 'status', message: { v: 1, at: NOW, seq: 1, boot: 'b', state: 'online', battery: 12, firmware: '1.4' } }, { device: 'd-p1', patient: 'p1' }) // prettier-ignore
    await ask({ type: 'monitoring', patient: 'p1', at: T + 3 * HOUR_MS, state: 'standby', until: T + 4 * HOUR_MS })
    await ask({ type: 'monitoring', patient: 'p2', at: T + 2 * HOUR_MS, state: 'discharged' })
    harness.data.alarms.push(alarm('p1', 10, { firstAcknowledgedAt: T + 11 * MINUTE_MS }), alarm('p1', 20, { priority: 'medium' }), alarm('p3', 30)) // prettier-ignore
    harness.data.delays.push({ device: 'd-p1', messages: 360, late: 6, p50Ms: 120, p90Ms: 900 })
    harness.data.gaps.set('d-p1', [{ boot: 'b', from: 5, to: 9 }])
    const { status, json, text } = await report(`?from=${T}&unit=ward 3`, await harness.tokenOf('analyst'))
    expect(status).toBe(200)
    expect(json).toMatchObject({
      from: T, to: NOW, beds: 2, patients: 2, admissions: 2, discharges: 1, windowMs: 300_000,
      occupancy: { monitoredHours: 8, atOnce: 1, share: 0.5, standbyHours: 1 },
      alarms: { alarms: 2, perBedDay: 6, high: 1, medium: 1, judged: 0, acknowledged: 1, medianToAcknowledgeMs: 60_000 },
    }) // prettier-ignore
    // Expected for seven hours, heard in six of them.
    expect(json['devices']).toMatchObject([
      { id: 'd-p1', place: 'Ward 3, bed 1', expectedHours: 7, silentSpells: 1, longestSilenceMs: HOUR_MS, messages: 360, late: 6, missingMessages: 5, quarantined: 0 },
      { id: 'd-p2', expectedHours: 2, heardShare: 1, silentSpells: 0 },
    ]) // prettier-ignore
    const { completeness } = json as { completeness: { share: number; patients: unknown[]; series: unknown[] } }
    expect(completeness.patients).toMatchObject([
      { patient: 'p1', share: 6 / 7 },
      { patient: 'p2', share: 1 },
    ])
    expect(completeness.series).toMatchObject([{ name: 'spo2', kind: 'vital', expectedHours: 7 }, { expectedHours: 2 }])
    expect(completeness.share).toBeCloseTo(8 / 9, 5)
    expect(text).not.toMatch(/Name of|:81\b/)
  })

  test('by the days of a time zone; of nothing it says nothing', async () => {
    spo2('p1', 0, 60)
    const { json } = await report(`?from=${T - 24 * HOUR_MS}&to=${T + 24 * HOUR_MS}&tz=Europe/Berlin`)
    // Not after now: 08:00 of the day before until 16:00.
    expect(json['to']).toBe(NOW)
    expect((json['byDay'] as { from: number; monitoredHours: number }[]).map(({ from, monitoredHours }) => [(from - T) / HOUR_MS, monitoredHours])).toEqual([[-24, 0], [-8, 1]]) // prettier-ignore
    const empty = await report('?unit=nowhere')
    expect(empty.json).toMatchObject({ beds: 0, patients: 0, devices: [], completeness: { patients: [], series: [] } })
    expect((await report('?from=0')).json['code']).toBe('PW_REQUEST_INVALID')
  })
})

describe('a nurse hands over', () => {
  const report = async (query = '', token?: string) =>
    harness.call('GET', `reports/hand-over${query}`, token === undefined ? {} : { token })
  const patient = (json: Record<string, unknown>, id: string) =>
    (json['patients'] as { id: string }[]).find((one) => one.id === id) as Record<string, unknown>

  test('what happened to each patient, in one call', async () => {
    spo2('p1', 0, 100)
    spo2('p1', 110, 200, 84)
    spo2('p1', 200, 480, 99)
    for (const hour of [0, 1]) harness.data.vitals.push({ patient: 'p1', device: 'pulsewire', code: 'news2', time: T + hour * HOUR_MS, value: 3 + hour }) // prettier-ignore
    harness.data.alarms.push(
      alarm('p1', 10, { verdict: { verdict: 'confirmed', at: T, by: 'amal' } }),
      alarm('p1', 20, { priority: 'medium', verdict: { verdict: 'false', at: T, by: 'amal' } }),
      alarm('p1', 30, { type: 'lead-off', kind: 'technical', priority: 'low' }),
      alarm('p1', -400),
    )
    harness.data.findings.push({ ...exampleAlarm('p1', T), type: 'atrial-fibrillation', status: 'ended', end: T + 90 * MINUTE_MS, seenUntil: T + 90 * MINUTE_MS } as never) // prettier-ignore
    await harness.call('PATCH', 'patients/p1', { body: { limits: { spo2: { low: 85 } } } })
    await ask({ type: 'monitoring', patient: 'p1', at: T + 7 * HOUR_MS, state: 'standby', until: T + 7.5 * HOUR_MS })
    await ask({ type: 'hand-over', patient: 'p1', at: T + 5 * HOUR_MS, to: 'ben', note: 'S: tired' })
    const note = { id: 'n', version: 1, at: T - HOUR_MS, text: 'dizzy', category: 'symptom' } as const
    await ask({ type: 'annotation', patient: 'p1', at: T - HOUR_MS, annotation: note })
    await ask({
      type: 'annotation',
      patient: 'p1',
      at: T + HOUR_MS,
      annotation: { ...note, version: 2, text: 'dizzy when standing' },
    })
    await ask({
      type: 'annotation',
      patient: 'p1',
      at: T - HOUR_MS,
      annotation: { ...note, id: 'before', text: 'of the shift before' },
    })
    const wrong = { ...note, id: 'wrong', at: T, text: 'wrong patient' }
    await ask({ type: 'annotation', patient: 'p1', at: T, annotation: wrong })
    await ask({ type: 'annotation', patient: 'p1', at: T + 1, annotation: { ...wrong, version: 2, struck: true } })
    clock = NOW + 1
    const { status, json } = await report(`?from=${T}&to=${NOW + 2}&unit=ward`, await harness.tokenOf('clinician'))
    expect(status).toBe(200)
    expect((json['patients'] as { id: string }[]).map(({ id }) => id)).toEqual(['p1', 'p2'])
    expect(patient(json, 'p1')).toMatchObject({
      name: 'Name of p1',
      alarms: { high: { rang: 1, confirmed: 1, false: 0 }, medium: { rang: 1, confirmed: 0, false: 1 }, low: { rang: 0 }, technical: { rang: 1 } },
      vitals: [{ code: 'spo2', unit: '%', low: { value: 84 }, high: { value: 99 } }],
      news2: [[T, 3], [T + HOUR_MS, 4]],
      rhythms: [{ type: 'atrial-fibrillation', episodes: 1, lastedMs: 90 * MINUTE_MS }],
      limitChanges: [{ by: 'admin', code: 'spo2', side: 'low', after: 85 }],
      unmonitored: [{ from: T + 7 * HOUR_MS, to: T + 7.5 * HOUR_MS, state: 'standby', by: 'amal' }],
      handOvers: [{ by: 'amal', to: 'ben', note: 'S: tired' }],
      notes: [{ at: T - HOUR_MS, text: 'dizzy when standing', category: 'symptom', by: 'amal' }],
      gaps: [{ device: 'd-p1', from: T + 100 * MINUTE_MS, to: T + 110 * MINUTE_MS }],
      devices: [{ id: 'd-p1' }],
      standing: [],
    }) // prettier-ignore
  })

  test('without a range: the shift that is now, by the times of the ward', async () => {
    const night = { timeZone: 'UTC', startsAt: ['19:00', '07:00'] }
    expect((await harness.call('PUT', 'ward/shifts', { body: night })).json).toEqual({ timeZone: 'UTC', startsAt: ['07:00', '19:00'] }) // prettier-ignore
    expect((await report()).json).toMatchObject({ from: T + HOUR_MS, to: T + 13 * HOUR_MS, now: NOW })
    expect((await harness.call('GET', 'ward/shifts')).json['startsAt']).toEqual(['07:00', '19:00'])
    expect((await report(`?from=${T}&to=${T + 49 * HOUR_MS}`)).json['code']).toBe('PW_REQUEST_INVALID')
    const wrong = await harness.call('PUT', 'ward/shifts', { body: { timeZone: 'UTC', startsAt: ['25:00'] } })
    expect(wrong.json['code']).toBe('PW_REQUEST_INVALID')
  })

  test('who analyses sees no single patient, and only who runs the installation sets the times', async () => {
    expect((await report('', await harness.tokenOf('analyst'))).json['code']).toBe('PW_FORBIDDEN')
    const token = await harness.tokenOf('clinician')
    const refused = await harness.call('PUT', 'ward/shifts', { token, body: { timeZone: 'UTC', startsAt: ['07:00'] } })
    expect(refused.json['code']).toBe('PW_FORBIDDEN')
  })
})
