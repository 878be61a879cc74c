import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice, type PlainDevice } from '../support/device.ts'
import { readCa, startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

const directory = temporaryDirectory()
let station: TestStation
let api: ApiClient
let patient: string
let device: PlainDevice
let credential: { username: string; password: string }
let seq = 0

beforeAll(async () => {
  station = await startStation({ dataDirectory: directory.path })
  api = await signIn(station)
  ;({ patient, credential } = await admit(api, { patient: 'Ada Plain', device: 'plain-1' }))
  device = await connectDevice(station, credential)
}, 60_000)
afterAll(async () => {
  await device?.end()
  await station?.stop()
  directory.remove()
})

const stamp = (at: number): { boot: string; seq: number; at: number } => ({ boot: 'boot-1', seq: seq++, at })

interface Vitals {
  series: Record<string, { unit: string; points: [number, number][] }>
}
interface Waveforms {
  signals: { name: string; unit: string; rateHz: number; segments: { start: number; samples: (number | null)[] }[] }[]
}

describe('the way of a heartbeat', () => {
  it('brings the vitals of a plain MQTT client to the API', async () => {
    const at = Date.now() - 2_000
    await device.publish('vitals', { ...stamp(at), vitals: { heartRate: 72, spo2: 97 } })
    const query = `/patients/${patient}/vitals?codes=heartRate,spo2,glucose&from=${at}&to=${at + 1}`
    await vi.waitFor(
      async () => {
        const { series } = await api.call<Vitals>('GET', query)
        expect(series['heartRate']).toEqual({ unit: '/min', points: [[at, 72]] })
        expect(series['spo2']).toEqual({ unit: '%', points: [[at, 97]] })
        expect(series['glucose']).toEqual({ unit: 'mg/dL', points: [] })
      },
      { timeout: 10_000, interval: 100 },
    )
  })

  it('brings its waveforms there, sample for sample, missing ones as null', async () => {
    const at = Date.now() - 5_000
    const samples = Array.from({ length: 500 }, (_, i) => (i === 7 ? -32768 : Math.round(200 * Math.sin(i / 9)) + 10))
    const signal = { name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 10 }
    for (const half of [0, 1]) {
      const block = { ...signal, samples: samples.slice(half * 250, half * 250 + 250) }
      await device.publish('waveform', { ...stamp(at + half * 1000), rateHz: 250, signals: [block] })
    }
    const query = `/patients/${patient}/waveforms?signals=ecg.II&from=${at}&to=${at + 2000}`
    await vi.waitFor(
      async () => {
        const { signals } = await api.call<Waveforms>('GET', query)
        expect(signals).toHaveLength(1)
        expect(signals[0]).toMatchObject({ name: 'ecg.II', unit: 'mV', rateHz: 250 })
        expect(signals[0]?.segments.map(({ start }) => start)).toEqual([at])
        const values = signals[0]?.segments[0]?.samples ?? []
        expect(values).toHaveLength(500)
        expect(values[7]).toBeNull()
        samples.forEach((sample, i) => {
          if (i !== 7) expect(values[i]).toBeCloseTo((sample - 10) * 0.005, 9)
        })
      },
      { timeout: 10_000, interval: 100 },
    )
  })

  it('shows them live as they come', async () => {
    const live = await api.live(`?patients=${patient}`)
    const at = Date.now()
    await device.publish('vitals', { ...stamp(at), vitals: { heartRate: 75 } })
    await vi.waitFor(() => {
      const vitals = live.messages.find((message) => message.type === 'vitals' && message['time'] === at)
      expect(vitals).toMatchObject({ patient, device: 'plain-1', vitals: { heartRate: 75 } })
    })
    expect(live.messages[0]).toMatchObject({ type: 'hello', user: 'admin' })
    live.close()
  })

  it('tells the device what was wrong, keeps the message, and takes the next one', async () => {
    const bad = stamp(Date.now())
    await device.publish('vitals', { ...bad, vitals: { heartRate: 900 } })
    await device.publishRaw('bsn/v1/plain-1/vitals', Buffer.from([0xff, 0x00, 0x13]))
    await device.publishRaw('bsn/v1/plain-1/gossip', '{}')
    await device.publishRaw('bsn/v1/plain-1/waveform', Buffer.alloc(300 * 1024, 0x20))
    const at = Date.now()
    await device.publish('vitals', { ...stamp(at), vitals: { spo2: 96 } })
    await vi.waitFor(
      async () => {
        const codes = device.notices.filter(({ kind }) => kind === 'quarantined').map(({ code }) => code)
        expect(codes).toEqual(
          expect.arrayContaining([
            'PW_PAYLOAD_INVALID',
            'PW_PAYLOAD_NOT_CBOR',
            'PW_TOPIC_UNKNOWN',
            'PW_PAYLOAD_TOO_LARGE',
          ]),
        )
        const { quarantine } = await api.call<{ quarantine: { code: string; device: string }[] }>('GET', '/quarantine')
        expect(new Set(quarantine.map(({ code }) => code))).toEqual(new Set(codes))
        const query = `/patients/${patient}/vitals?codes=spo2&from=${at}&to=${at + 1}`
        expect((await api.call<Vitals>('GET', query)).series['spo2']?.points).toEqual([[at, 96]])
      },
      { timeout: 10_000, interval: 100 },
    )
    expect(device.client.connected).toBe(true)
  })

  it('has no second effect for the same message twice, and quarantines other content under the same seq', async () => {
    const at = Date.now() - 1_000
    const message = { ...stamp(at), vitals: { heartRate: 66 } }
    await device.publish('vitals', message)
    await device.publish('vitals', message)
    await device.publish('vitals', { ...message, vitals: { heartRate: 67 } })
    await vi.waitFor(
      async () => {
        const ledger = await api.call<Record<string, number>>('GET', '/ledger')
        expect(ledger['inLog']).toBe(0)
        expect(ledger['duplicates']).toBe(1)
        expect(ledger['accepted']).toBe(
          (ledger['duplicates'] ?? 0) + (ledger['stored'] ?? 0) + (ledger['quarantined'] ?? 0),
        )
        const { quarantine } = await api.call<{ quarantine: { code: string }[] }>('GET', '/quarantine')
        expect(quarantine.filter(({ code }) => code === 'PW_SEQ_REUSED')).toHaveLength(1)
      },
      { timeout: 10_000, interval: 100 },
    )
    const query = `/patients/${patient}/vitals?codes=heartRate&from=${at}&to=${at + 1}`
    expect((await api.call<Vitals>('GET', query)).series['heartRate']?.points).toEqual([[at, 66]])
  })

  it('knows which messages of a session are missing', async () => {
    seq += 3
    await device.publish('vitals', { ...stamp(Date.now()), vitals: { spo2: 98 } })
    await vi.waitFor(
      async () => {
        const { gaps } = await api.call<{ gaps: { boot: string; from: number; to: number }[] }>(
          'GET',
          '/devices/plain-1/gaps',
        )
        expect(gaps).toContainEqual({ boot: 'boot-1', from: seq - 4, to: seq - 2 })
      },
      { timeout: 10_000, interval: 100 },
    )
  })

  it('lets in nobody without the right secret, under another’s client id, or with another’s topics', async () => {
    await expect(connectDevice(station, { ...credential, password: 'guess' })).rejects.toThrow(/authorized|bad user/i)
    await expect(connectDevice(station, { username: 'ghost', password: 'x' })).rejects.toThrow(/authorized|bad user/i)
    const other = await api.call<{ credential: { username: string; password: string } }>('POST', '/devices', {
      id: 'plain-2',
    })
    await expect(connectDevice(station, other.credential, { clientId: 'plain-1' })).rejects.toThrow()
    expect(device.client.connected).toBe(true)

    const second = await connectDevice(station, other.credential)
    await second.publishRaw('bsn/v1/plain-1/vitals', JSON.stringify({ ...stamp(Date.now()), vitals: { heartRate: 1 } }))
    await vi.waitFor(() => expect(second.notices.map(({ code }) => code)).toContain('PW_TOPIC_FOREIGN'))
    await second.end()
  })

  it('takes a device over TLS whose maker trusts the station’s authority', async () => {
    const { credential: tls } = await admit(api, { patient: 'Tess Tls', device: 'tls-1' })
    const client = await mqtt.connectAsync(`mqtts://localhost:${station.mqttsPort}`, {
      ...tls,
      clientId: tls.username,
      ca: readCa(station),
      reconnectPeriod: 0,
    })
    await client.publishAsync(
      'bsn/v1/tls-1/vitals',
      JSON.stringify({ boot: 'b', seq: 0, at: Date.now(), vitals: { spo2: 95 } }),
      { qos: 1 },
    )
    await client.endAsync()
  })

  it('lets staff enter what no device measures, and scores it', async () => {
    const at = Date.now() - 1_000
    await device.publish('vitals', {
      ...stamp(at),
      vitals: { heartRate: 72, spo2: 97, respirationRate: 16, systolic: 120, diastolic: 80, temperature: 37 },
    })
    await api.call('POST', `/patients/${patient}/observations`, {
      vitals: { consciousness: 'V', supplementalOxygen: 0 },
    })
    await vi.waitFor(
      async () => {
        const query = `/patients/${patient}/vitals?codes=news2,consciousness&from=${at - 60_000}&to=${Date.now() + 60_000}`
        const { series } = await api.call<Vitals>('GET', query)
        expect(series['consciousness']?.points.at(-1)?.[1]).toBe('V')
        expect(series['news2']?.points.at(-1)?.[1]).toBe(3)
      },
      { timeout: 15_000, interval: 200 },
    )
  })

  it('raises the alarm for the patient’s button and lets staff acknowledge it', async () => {
    const at = Date.now()
    await device.publish('event', { ...stamp(at), event: 'patient-button' })
    const alarm = await vi.waitFor(
      async () => {
        const { alarms } = await api.call<{ alarms: { id: string; type: string; patient: string; state: string }[] }>(
          'GET',
          '/alarms?state=active',
        )
        const found = alarms.find((each) => each.type === 'patient-button' && each.patient === patient)
        expect(found).toBeDefined()
        return found
      },
      { timeout: 10_000, interval: 100 },
    )
    const acknowledged = await api.call<{ state: string; acknowledgedBy?: string }>(
      'POST',
      `/alarms/${alarm?.id}/acknowledge`,
    )
    expect(acknowledged.acknowledgedBy).toBe('admin')
    expect(['acknowledged', 'ended']).toContain(acknowledged.state)
  })

  it('says how it is and what it counts', async () => {
    expect((await fetch(`${station.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${station.url}/readyz`)).status).toBe(200)
    const metrics = await (await fetch(`${station.url}/metrics`)).text()
    expect(metrics).toMatch(/^pulsewire_recorder_dropped_total\{.*\} 0$/m)
    const openapi = (await (await fetch(`${station.url}/api/v1/openapi.json`)).json()) as { paths: object }
    expect(Object.keys(openapi.paths).length).toBeGreaterThan(20)
  })

  it('keeps its secrets out of sight: keys and databases belong to nobody else', () => {
    expect(readCa(station)).toContain('BEGIN CERTIFICATE')
    expect(readFileSync(`${station.dataDirectory}/tls/ca.pem`, 'utf8')).not.toContain('PRIVATE KEY')
  })
})
