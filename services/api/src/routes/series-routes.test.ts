import { PulsewireError, type Finding } from '@pulsewire/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startHarness, type Answer, type Harness } from '../testing/harness.ts'

const T = Date.UTC(2026, 10, 23, 12)
let harness: Harness
beforeAll(async () => {
  harness = await startHarness()
  await harness.call('POST', 'patients', { body: { id: 'p1', name: 'A' } })
  const { data } = harness
  for (let i = 0; i < 10; i++) {
    data.vitals.push({
      patient: 'p1',
      device: i % 2 === 0 ? 'd1' : 'd2',
      code: 'heartRate',
      time: T + i * 1000,
      value: 70 + i,
    })
  }
  data.vitals.push({ patient: 'p1', device: 'staff', code: 'consciousness', time: T, value: 'A' })
  const block = { patient: 'p1', device: 'd1', rateHz: 250, unit: 'mV', scale: 0.005, offset: 0 }
  data.waveforms.push({ ...block, signal: 'ecg.II', start: T, samples: Int16Array.of(200, -32768) })
  data.waveforms.push({ ...block, signal: 'ecg.II', start: T + 5000, samples: Int16Array.of(100, 0) })
  const finding: Finding = {
    id: `p1.bradycardia.${T}`,
    type: 'bradycardia',
    patient: 'p1',
    device: 'd1',
    status: 'ended',
    onset: T,
    end: T + 5000,
    seenUntil: T + 5000,
    late: false,
    confidence: 0.9,
    quality: 1,
    message: 'Slow heart',
    evidence: { heartRate: 38 },
    rule: { name: 'bradycardia', version: '1' },
  }
  data.findings.push(finding, { ...finding, id: `p1.pause.${T}`, type: 'pause', device: 'd2' })
  data.beats.push({ patient: 'p1', time: T + 100, kind: 'N' }, { patient: 'p1', time: T + 900, kind: 'V' })
})
afterAll(() => harness.stop())
beforeEach(() => {
  harness.data.failure = undefined
})

const RANGE = `from=${T}&to=${new Date(T + 60_000).toISOString()}`
const get = (path: string, headers: Record<string, string> = {}) =>
  harness.call('GET', `patients/p1/${path}`, { headers })

describe('vitals', () => {
  test('come as points, requested codes always present, be it with none', async () => {
    const { json } = await get(`vitals?codes=heartRate,spo2,consciousness&${RANGE}`)
    expect(json).toMatchObject({ patient: 'p1', from: T, to: T + 60_000 })
    const series = json['series'] as Record<string, { unit: string; points: unknown[] }>
    expect(series['heartRate']?.points).toHaveLength(10)
    expect(series['heartRate']).toMatchObject({ unit: '/min', points: expect.arrayContaining([[T, 70]]) })
    expect(series['spo2']).toEqual({ unit: '%', points: [] })
    expect(series['consciousness']).toEqual({ unit: '1', points: [[T, 'A']] })
    expect(json).not.toHaveProperty('next')
  })

  test('without codes all that there are; `to` itself is not in the range; a device narrows', async () => {
    expect(Object.keys((await get(`vitals?${RANGE}`)).json['series'] as object)).toEqual(['heartRate', 'consciousness'])
    const half = (await get(`vitals?codes=heartRate&from=${T}&to=${T + 2000}&device=d1`)).json
    expect(half['series']).toEqual({ heartRate: { unit: '/min', points: [[T, 70]] } })
  })

  test('an answer that is cut says where to go on, and going on gives the rest', async () => {
    const points: unknown[] = []
    let from: number | undefined = T
    while (from !== undefined) {
      const { json }: Answer = await get(`vitals?codes=heartRate&limit=3&from=${from}&to=${T + 60_000}`)
      points.push(...(json['series'] as { heartRate: { points: unknown[] } }).heartRate.points)
      from = json['next'] as number | undefined
    }
    expect(points).toEqual(Array.from({ length: 10 }, (_, i) => [T + i * 1000, 70 + i]))
  })

  test('windows take every, fn and tz; what makes no sense is refused', async () => {
    expect(
      (await get(`vitals?codes=heartRate&every=1d&fn=count&tz=Europe/Berlin&${RANGE}`)).json['series'],
    ).toMatchObject({
      heartRate: { points: [[T, 10]] },
    })
    for (const wrong of [
      'every=1x',
      'fn=mean',
      'every=1m&fn=mode',
      'tz=Mars',
      'from=tomorrow',
      `from=${T}&to=${T - 1}`,
      'codes=a;b',
      'limit=0',
      'limit=999999999',
    ])
      expect([wrong, (await get(`vitals?${wrong}`)).json['code']]).toEqual([wrong, 'PW_REQUEST_INVALID'])
  })

  test('as CSV, all of it whatever the page size', async () => {
    const answer = await get(`vitals?codes=heartRate&limit=3&${RANGE}`, { accept: 'text/csv' })
    expect(answer.headers.get('content-type')).toContain('text/csv')
    const lines = answer.text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(11)
    expect(lines[1]).toBe(`2026-11-23T12:00:00.000Z,${T},heartRate,70,/min`)
  })

  test('as Parquet; as anything else not', async () => {
    const answer = await get(`vitals?codes=heartRate&${RANGE}`, { accept: 'application/vnd.apache.parquet' })
    expect(answer.headers.get('content-type')).toBe('application/vnd.apache.parquet')
    expect([answer.text.slice(0, 4), answer.text.slice(-4)]).toEqual(['PAR1', 'PAR1'])
    const refused = await get('vitals', { accept: 'image/png' })
    expect([refused.status, refused.json['code']]).toEqual([406, 'PW_NOT_ACCEPTABLE'])
  })
})

describe('waveforms', () => {
  test('come in their unit, gaps as gaps, missing samples as null, signals without samples too', async () => {
    expect((await get(`waveforms?signals=ecg.II,ppg&${RANGE}`)).json).toEqual({
      patient: 'p1',
      from: T,
      to: T + 60_000,
      signals: [
        {
          name: 'ecg.II',
          unit: 'mV',
          rateHz: 250,
          device: 'd1',
          segments: [
            { start: T, samples: [1, null] },
            { start: T + 5000, samples: [0.5, 0] },
          ],
        },
        { name: 'ppg', unit: null, rateHz: null, device: null, segments: [] },
      ],
    })
    expect((await get(`waveforms?${RANGE}&limit=2`)).json).toMatchObject({
      next: T + 5000,
      signals: [{ segments: [{ start: T }] }],
    })
    expect((await get(`waveforms?${RANGE}&device=d9`)).json['signals']).toMatchObject([
      { name: 'ecg.II', segments: [] },
    ])
    expect((await get('waveforms?signals=ecg')).json['errors']).toMatchObject([{ field: 'signals.0' }])
  })

  test('as envelopes: the lowest and the highest of each window, as many as a screen has columns', async () => {
    expect((await get(`waveforms?signals=ecg.II&every=8ms&fn=minmax&${RANGE}`)).json['signals']).toEqual([
      {
        name: 'ecg.II',
        unit: 'mV',
        rateHz: 250,
        device: 'd1',
        everyMs: 8,
        segments: [
          { start: T, low: [1], high: [1] },
          { start: T + 5000, low: [0], high: [0.5] },
        ],
      },
    ])
    for (const wrong of ['every=1s', 'fn=minmax', 'every=2m&fn=minmax', 'every=1d&fn=minmax', 'every=1s&fn=mean']) {
      expect((await get(`waveforms?${wrong}&${RANGE}`)).json['code'], wrong).toBe('PW_REQUEST_INVALID')
    }
    expect((await get(`waveforms?every=1s&fn=minmax&format=wfdb&${RANGE}`)).status).toBe(400)
  })

  test('as WFDB, a zip of records; too much for one is refused, never cut', async () => {
    const answer = await get(`waveforms?format=wfdb&${RANGE}`)
    expect(answer.headers.get('content-type')).toBe('application/zip')
    expect(answer.headers.get('content-disposition')).toContain('p1.zip')
    for (const text of ['PK', 'p1_1.hea', 'p1_1.dat', 'ecg.II']) expect(answer.text).toContain(text)
    expect((await get(`waveforms?format=wfdb&limit=2&${RANGE}`)).json['code']).toBe('PW_REQUEST_INVALID')
  })
})

describe('findings', () => {
  test('of all types or some, with device; beats by type=beat', async () => {
    expect((await get(`findings?${RANGE}`)).json['findings']).toHaveLength(2)
    expect((await get(`findings?type=pause,asystole&${RANGE}`)).json['findings']).toMatchObject([{ type: 'pause' }])
    expect((await get(`findings?device=d1&${RANGE}`)).json['findings']).toMatchObject([
      { type: 'bradycardia', evidence: { heartRate: 38 } },
    ])
    const { json } = await get(`findings?type=beat&${RANGE}`)
    expect(json).toMatchObject({ patient: 'p1', beats: [[T + 100, 'N'], [T + 900, 'V']] }) // prettier-ignore
    expect((await get('findings?type=happiness')).json['detail']).toContain('happiness')
  })
})

test('an unknown patient has no series', async () => {
  for (const path of ['vitals', 'waveforms', 'findings'])
    expect((await harness.call('GET', `patients/nobody/${path}`)).status).toBe(404)
})

test('a store that is away is said to be: nothing empty is answered in its place', async () => {
  harness.data.failure = new PulsewireError('PW_STORE_UNAVAILABLE', 'gone')
  for (const path of ['vitals?codes=heartRate', 'waveforms?signals=ppg', 'findings']) {
    const answer = await get(path)
    expect([answer.status, answer.json['code'], answer.json['class']]).toEqual([
      503,
      'PW_STORE_UNAVAILABLE',
      'transient',
    ])
  }
})
