import { encodeJson, encodeUplink } from '@pulsewire/codec'
import { encodeTelemetryHeaders } from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'
import { describe, expect, test, vi } from 'vitest'
import { interpret, type Said } from './interpret.ts'
import { messageOf, type LiveMessage } from './messages.ts'

const AT = Date.parse('2026-03-01T12:00:00Z')

const signal = (name: string) => ({ name, unit: 'mV', scale: 0.5, offset: 0, samples: Int16Array.of(2, -32768) })
const block = encodeUplink(
  {
    kind: 'waveform',
    message: { boot: 'b1', seq: 1, at: AT, rateHz: 250, signals: [signal('ecg.II'), signal('ppg')] },
  },
  'cbor',
)
const telemetry = (value: Uint8Array): StoredRecord => {
  const times = { at: AT, time: AT, clockOffsetMs: 0, receivedAt: AT }
  const headers = { kind: 'waveform', device: 'd1', patient: 'p1', encoding: 'cbor', ...times } as const
  const place = { topic: 'telemetry', partition: 0, offset: 0, timestamp: AT } as const
  return { ...place, key: 'p1', headers: encodeTelemetryHeaders(headers), value }
}
const findings = (kind: string, value: Uint8Array): StoredRecord => ({
  topic: 'findings',
  partition: 0,
  offset: 0,
  timestamp: AT,
  key: 'p1',
  headers: { kind },
  value,
})
const onlyMessage = (said: readonly Said[]): LiveMessage => {
  const [first] = said
  const message = first === undefined ? undefined : messageOf(first)
  if (message === undefined || said.length !== 1) throw new Error('not one message')
  return message
}

describe('what a socket gets', () => {
  test('a block is decoded when the first socket wants it, and once', () => {
    const [said] = interpret(telemetry(block))
    if (said?.what !== 'waveform') throw new Error('not a block')
    const decode = vi.fn(said.block)
    const message = onlyMessage([{ ...said, block: decode }])
    expect(message.patient).toBe('p1')
    expect(decode).not.toHaveBeenCalled()
    expect(message.signals?.()).toEqual(['ecg.II', 'ppg'])
    const segments = [{ start: AT, samples: [1, null] }]
    expect(JSON.parse(message.text('here', new Set(['ppg'])))).toEqual({
      type: 'waveform',
      patient: 'p1',
      device: 'd1',
      receivedAt: AT,
      late: false,
      position: 'here',
      signals: [{ name: 'ppg', unit: 'mV', rateHz: 250, segments }],
    })
    expect(JSON.parse(message.text('there'))).toMatchObject({ signals: [{ name: 'ecg.II' }, { name: 'ppg' }] })
    expect(decode).toHaveBeenCalledTimes(1)
  })

  test('what nobody wants is not looked at; who wants it hears that it is unreadable', () => {
    const garbage = Uint8Array.of(0xa1, 0x61)
    for (const record of [telemetry(garbage), findings('beats', garbage), findings('beats', encodeJson({ a: 1 }))]) {
      const message = onlyMessage(interpret(record))
      expect(message.patient).toBe('p1')
      expect(() => message.text('here')).toThrow()
    }
  })

  test('beats and derived series are checked before they are told', () => {
    const beats = { patient: 'p1', device: 'd1', signal: 'ecg.II', from: AT, to: AT + 1000, beats: [[AT + 10, 'N']] }
    const told = onlyMessage(interpret(findings('beats', encodeJson(beats))))
    expect(JSON.parse(told.text('here'))).toEqual({ type: 'beats', ...beats, position: 'here' })
    const points = [
      [AT + 1000, 71],
      [AT, 70],
    ]
    const derived = {
      patient: 'p1',
      series: [
        { code: 'heartRate.ecg', points },
        { code: 'st.II', points: [[AT, 0.1]] },
      ],
    }
    expect(interpret(findings('derived', encodeJson(derived)))).toMatchObject([
      { patient: 'p1', device: 'pulsewire', time: AT, values: { 'heartRate.ecg': 70, 'st.II': 0.1 } },
      { time: AT + 1000, values: { 'heartRate.ecg': 71 } },
    ])
    const wrong = { ...derived, series: [{ code: 'heartRate.ecg', points: [[AT]] }] }
    expect(() => interpret(findings('derived', encodeJson(wrong)))).toThrow('derived series')
  })
})
