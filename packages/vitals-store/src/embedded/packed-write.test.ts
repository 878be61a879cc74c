import { BEAT_CLASSES } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageWrite, StoreWrite } from '../port.ts'
import { shortHash } from '../shared/accounting.ts'
import { block, finding, message, point, quarantined, T0 } from '../testing/samples.ts'
import { packWrite, ReusesWanted, transferred, unpackWrite } from './packed-write.ts'

const name = fc.constantFrom('p1', 'p2', 'd1', '', 'Ä')
const number = fc.double({ noDefaultInfinity: false })
const vital = fc
  .record(
    { patient: name, device: name, code: name, time: number, value: fc.oneof(number, name), quality: number, by: name },
    { requiredKeys: ['patient', 'device', 'code', 'time', 'value'] },
  )
  .map(point)
const samples = fc.int16Array({ maxLength: 20 })
const waveform = fc.record({ patient: name, start: number, scale: number, samples }).map(block)
const event = { device: 'd1', kind: 'status' as const, time: T0, body: { state: 'online' } }
const written = fc
  .record({
    seq: fc.option(fc.nat(), { nil: null }),
    vitals: fc.array(vital, { maxLength: 4 }),
    waveforms: fc.array(waveform, { maxLength: 3 }),
    events: fc.array(fc.constant(event), { maxLength: 2 }),
  })
  .map((fields) => message(3, fields))
const beats = fc.record({
  patient: name,
  device: name,
  signal: name,
  from: number,
  to: number,
  beats: fc.array(fc.tuple(number, fc.constantFrom(...BEAT_CLASSES)), { maxLength: 4 }),
})
const write = fc
  .record({
    messages: fc.array(written, { maxLength: 4 }),
    vitals: fc.array(vital, { maxLength: 4 }),
    beats: fc.array(beats, { maxLength: 3 }),
  })
  .map((fields): StoreWrite => ({
    ...fields,
    findings: [finding()],
    quarantine: [quarantined(1)],
    positions: [{ topic: 'findings', partition: 1, offset: 7 }],
  }))

/** As it comes out on the other side. */
const crossed = (given: StoreWrite): StoreWrite => {
  const packed = packWrite(given)
  return unpackWrite(structuredClone(packed, { transfer: transferred(packed) }))
}
const plain = ({ message: accounted, vitals, waveforms, events }: MessageWrite) => ({
  message: { ...accounted, hash: shortHash(accounted) },
  vitals,
  waveforms,
  events,
})

describe('a write that crosses to the thread of the store', () => {
  it('says on the other side what it said', () => {
    fc.assert(
      fc.property(write, (given) => {
        const { messages = [], ...rest } = crossed(given)
        const { messages: sent = [], ...others } = given
        expect(messages.map(plain)).toEqual(sent.map(plain))
        expect(rest).toEqual(others)
      }),
    )
  })

  it('takes along what goes into the quarantine only where it is asked to', () => {
    const given: StoreWrite = { messages: [message(1), message(2)], positions: [] }
    const wanting = crossed(given).messages?.[1]
    expect(() => wanting?.reuse()).toThrow(ReusesWanted)
    const reuses = given.messages?.map(({ reuse }) => reuse()) ?? []
    const [, second] = unpackWrite({ ...packWrite(given), reuses }).messages ?? []
    expect(second?.reuse()).toEqual(given.messages?.[1]?.reuse())
  })
})
