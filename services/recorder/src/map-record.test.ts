import { encodeJson } from '@pulsewire/codec'
import type { AlarmEvent } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAlarmVersions } from './alarm-versions.ts'
import { mapRecord } from './map-record.ts'
import { alarm } from './testing/alarm.ts'
import { json, stored, T0, telemetry, vitalsUplink, waveformUplink } from './testing/records.ts'

const accept = () => true

describe('what a telemetry record becomes', () => {
  it('vitals: a point a code, at the event time of the headers, of the patient of the headers', () => {
    const record = telemetry(vitalsUplink(4, { heartRate: 72, consciousness: 'V' }), { time: T0 + 5, patient: 'p9' })
    const { messages } = mapRecord(stored(record, 'telemetry', 8), accept)
    expect(messages).toMatchObject([
      {
        message: {
          device: 'd1',
          boot: 'b1',
          seq: 4,
          position: { topic: 'telemetry', partition: 0, offset: 8 },
          receivedAt: T0 + 4100,
        },
        vitals: [
          { patient: 'p9', device: 'd1', code: 'heartRate', time: T0 + 5, value: 72 },
          { patient: 'p9', device: 'd1', code: 'consciousness', time: T0 + 5, value: 'V' },
        ],
        waveforms: [],
        events: [],
      },
    ])
    expect(messages?.[0]?.reuse()).toMatchObject({
      reason: { code: 'PW_SEQ_REUSED', topic: 'bsn/v1/d1/vitals', boot: 'b1', seq: 4 },
      payload: record.value,
    })
  })

  it('waveforms: a block a signal, samples as sent, from JSON as from CBOR', () => {
    const samples = Int16Array.of(-32768, 0, 32767)
    for (const encoding of ['json', 'cbor'] as const) {
      const { messages } = mapRecord(stored(telemetry(waveformUplink(0, samples), { encoding })), accept)
      expect(messages?.[0]?.waveforms).toEqual([
        {
          patient: 'p1',
          device: 'd1',
          signal: 'ecg.II',
          start: T0,
          rateHz: 250,
          unit: 'mV',
          scale: 0.005,
          offset: 0,
          samples,
        },
      ])
    }
  })

  it('of a device that nobody wears: the same, kept under no name', () => {
    const { messages } = mapRecord(stored(telemetry(vitalsUplink(0), { patient: null })), accept)
    expect(messages?.[0]?.vitals).toMatchObject([{ patient: '', device: 'd1', value: 72 }])
  })

  it('status, events and answers: an event with what it says', () => {
    const status = telemetry({ kind: 'status', message: { state: 'offline' } })
    const { messages } = mapRecord(stored(status), accept)
    expect(messages?.[0]?.events).toEqual([
      { patient: 'p1', device: 'd1', kind: 'status', time: T0, body: { state: 'offline' } },
    ])
    expect(messages?.[0]?.message).not.toHaveProperty('seq')
  })
})

describe('what the other records become', () => {
  it('derived series: points of the device, or of Pulsewire where they come from several', () => {
    const record = json('p1', { patient: 'p1', series: [{ code: 'news2', points: [[T0, 5]] }] }, { kind: 'derived' })
    expect(mapRecord(stored(record, 'findings'), accept).vitals).toEqual([
      { patient: 'p1', device: 'pulsewire', code: 'news2', time: T0, value: 5 },
    ])
  })

  it('an observation by staff: points of the device staff with who it was; other commands nothing', () => {
    const common = { id: 'c1', patient: 'p1', by: 'nurse', at: T0 + 9 }
    const vitals = { temperature: 38.5, consciousness: 'C' }
    const record = json('p1', { type: 'observation', ...common, observedAt: T0, vitals }, { type: 'observation' })
    expect(mapRecord(stored(record, 'staff-commands'), accept).vitals).toEqual([
      { patient: 'p1', device: 'staff', code: 'temperature', time: T0, value: 38.5, by: 'nurse' },
      { patient: 'p1', device: 'staff', code: 'consciousness', time: T0, value: 'C', by: 'nurse' },
    ])
    const acknowledge = json('p1', { type: 'acknowledge', ...common, alarm: 'a' }, { type: 'acknowledge' })
    expect(mapRecord(stored(acknowledge, 'staff-commands'), accept)).toMatchObject({ vitals: [] })
  })

  it('what staff did is kept as it is, without the alarm that a verdict brings along', () => {
    const verdict = { type: 'verdict', id: 'c1', patient: 'p1', by: 'nurse', at: T0, alarm: 'a', verdict: 'false' }
    const ended = alarm('fast')
    const record = json('p1', { ...verdict, ended }, { type: 'verdict' })
    expect(mapRecord(stored(record, 'staff-commands'), accept).staff).toEqual([verdict])
  })

  it('a heartbeat of a detector: nothing but a position', () => {
    const record = stored(json('w1', { worker: 'w1', at: T0, partitions: [0] }, { kind: 'heartbeat' }), 'findings')
    expect(mapRecord(record, accept)).toEqual({ record })
  })

  it('a quarantined payload: an entry with its reason, and one whose reason is lost all the same', () => {
    const reason = {
      device: 'd1',
      topic: 'bsn/v1/d1/vitals',
      code: 'PW_PAYLOAD_NOT_JSON',
      detail: 'no',
      receivedAt: T0,
      bytes: 2,
      sha256: 'x',
      boot: 'b1',
      seq: 3,
    }
    const record = { key: 'd1', headers: { reason: JSON.stringify(reason) }, value: Uint8Array.of(1, 2) }
    const { quarantine } = mapRecord(stored(record, 'quarantine', 5), accept)
    expect(quarantine).toEqual([{ ...reason, id: 'quarantine/0/5', payload: Uint8Array.of(1, 2) }])
    const lost = mapRecord(stored({ ...record, headers: {} }, 'quarantine', 6), accept)
    expect(lost.quarantine).toMatchObject([{ id: 'quarantine/0/6', device: 'd1', payload: Uint8Array.of(1, 2) }])
  })

  it('any bytes and headers under any topic: a unit, never an exception', () => {
    const headers = fc.dictionary(
      fc.constantFrom('kind', 'device', 'time', 'at', 'reason', 'seq', 'receivedAt'),
      fc.string(),
    )
    const topics = fc.constantFrom('telemetry', 'findings', 'alarms', 'staff-commands', 'quarantine')
    fc.assert(
      fc.property(topics, headers, fc.uint8Array(), (topic, given, value) => {
        const record = stored({ key: 'k', headers: given, value }, topic)
        const unit = mapRecord(record, accept)
        expect(unit.record).toBe(record)
        if (topic !== 'findings' || given['kind'] !== 'heartbeat') expect(unit.quarantine).toHaveLength(1)
      }),
    )
  })

  it('a telemetry record that cannot be decoded: an entry with its identity and its bytes', () => {
    const good = telemetry(vitalsUplink(7))
    const { quarantine } = mapRecord(stored({ ...good, value: encodeJson({ no: 'vitals' }) }, 'telemetry', 3), accept)
    expect(quarantine).toMatchObject([
      { id: 'telemetry/0/3', device: 'd1', boot: 'b1', seq: 7, code: 'PW_PAYLOAD_INVALID', receivedAt: T0 + 7100 },
    ])
  })
})

describe('alarm events', () => {
  it('of a writer that had lost the patient have no effect; those after a damaged one do', () => {
    const versions = createAlarmVersions(() => undefined)
    const event = (version: number): AlarmEvent => ({ patient: 'p1', version, at: T0, event: 'monitoring' })
    const record = stored({ key: 'p1', headers: {}, value: new Uint8Array([0]) }, 'alarms')
    const read = [1, 2, 2, 1, 4, 3].map((version) => versions.accept(record, event(version)))
    expect(read).toEqual([true, true, false, false, true, false])
  })

  it('of a writer whose partition was taken over have no effect either; the takeover itself is nothing to store', () => {
    const versions = createAlarmVersions(() => undefined)
    const takeover = (offset: number) =>
      stored({ key: 'takeover-0', headers: { takeover: '1' }, value: null }, 'alarms', offset)
    const event = (offset: number, epoch: number, version: number) => {
      const value = encodeJson({ patient: 'p1', version, at: T0, event: 'monitoring' })
      return mapRecord(
        stored({ key: 'p1', headers: { epoch: String(epoch) }, value }, 'alarms', offset),
        (...given) => {
          accepted.push(versions.accept(...given))
          return true
        },
      )
    }
    const accepted: boolean[] = []
    expect(mapRecord(takeover(0), versions.accept)).toEqual({ record: takeover(0), alarms: [] })
    event(1, 0, 1)
    mapRecord(takeover(2), versions.accept)
    event(3, 0, 2)
    event(4, 0, 3)
    event(5, 2, 2)
    expect(accepted).toEqual([true, false, false, true])
  })
})
