import { createHash } from 'node:crypto'
import { MAX_PAYLOAD_BYTES, QUARANTINE_HEAD_BYTES } from '@pulsewire/contracts'
import fc from 'fast-check'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { createPacketScanner, type ScannedPacket } from './packet-scanner.ts'

const V5 = { protocolVersion: 5 }
const CONNECT: Packet = {
  cmd: 'connect',
  clientId: 'd',
  protocolVersion: 4,
  protocolId: 'MQTT',
  clean: true,
  keepalive: 1,
}

function scanAll(stream: Buffer, cuts: readonly number[]): ScannedPacket[] {
  const scanner = createPacketScanner({ first: 'connect' })
  const bounds = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length]
  return bounds.slice(1).flatMap((end, index) => scanner.scan(stream.subarray(bounds[index], end)))
}

function publish(payload: Buffer, qos: 0 | 1 | 2 = 1, topic = 'bsn/v1/d/vitals'): Buffer {
  return mqttPacket.generate({ cmd: 'publish', topic, payload, qos, dup: false, retain: false, messageId: 7 })
}

/** What a parser makes of packets. */
function parse(packets: readonly ScannedPacket[], options = { protocolVersion: 4 }): Packet[] {
  const parsed: Packet[] = []
  const parser = mqttPacket.parser(options)
  parser.on('packet', (packet: Packet) => parsed.push(packet))
  for (const { bytes } of packets) parser.parse(bytes)
  return parsed
}

describe('packet scanner', () => {
  it('gives the same packets and every byte of them, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }),
        fc.array(fc.nat(10_000), { maxLength: 20 }),
        (payloads, cuts) => {
          const packets = [mqttPacket.generate(CONNECT), ...payloads.map((payload) => publish(Buffer.from(payload)))]
          const scanned = scanAll(Buffer.concat(packets), cuts)
          expect(scanned.map((packet) => packet.bytes.toString('hex'))).toEqual(packets.map((p) => p.toString('hex')))
          expect(scanned.map((packet) => packet.publish)).toEqual(packets.map((_, index) => index > 0))
        },
      ),
    )
  })

  it('takes a payload of any size by its head, size and hash', () => {
    for (const size of [MAX_PAYLOAD_BYTES + 2_000, 3_000_000]) {
      for (const qos of [0, 1, 2] as const) {
        const payload = Buffer.alloc(size, 0x41)
        payload.write('{"boot":')
        const stream = Buffer.concat([
          mqttPacket.generate(CONNECT),
          publish(payload, qos),
          publish(Buffer.from('next')),
        ])
        for (const cuts of [[], Array.from({ length: 60 }, (_, i) => i + 20), [100_000, 200_000]]) {
          const [, large, next] = scanAll(stream, cuts)
          expect(large?.whole).toEqual({ bytes: size, sha256: createHash('sha256').update(payload).digest('hex') })
          expect(parse(large === undefined ? [] : [large])).toMatchObject([
            { cmd: 'publish', topic: 'bsn/v1/d/vitals', qos, payload: payload.subarray(0, QUARANTINE_HEAD_BYTES) },
          ])
          expect(next?.bytes).toEqual(publish(Buffer.from('next')))
        }
      }
    }
  })

  it('takes a payload of any size in MQTT 5 too, whatever stands before it as properties', () => {
    const payload = Buffer.alloc(MAX_PAYLOAD_BYTES + 5_000, 0x42)
    const value = 'x'.repeat(30_000)
    const properties = [{}, { userProperties: { some: 'thing' } }, { userProperties: { a: value, b: value, c: value } }]
    for (const each of properties) {
      const packet: Packet = {
        cmd: 'publish', topic: 'bsn/v1/d/vitals', payload, qos: 1, dup: false, retain: false, messageId: 7, properties: each,
      } // prettier-ignore
      const connack = mqttPacket.generate({ cmd: 'connack', reasonCode: 0, sessionPresent: false }, V5)
      const stream = Buffer.concat([connack, mqttPacket.generate(packet, V5), connack])
      for (const step of [stream.length, 1_000, 7]) {
        const scanner = createPacketScanner({ first: 'connack', mqtt5: true })
        const scanned: ScannedPacket[] = []
        for (let at = 0; at < stream.length; at += step) scanned.push(...scanner.scan(stream.subarray(at, at + step)))
        const [, large, last] = scanned
        const sha256 = createHash('sha256').update(payload).digest('hex')
        expect(large?.whole).toEqual({ bytes: payload.length, sha256 })
        expect(parse(large === undefined ? [] : [large], V5)).toMatchObject([
          { topic: 'bsn/v1/d/vitals', messageId: 7, payload: payload.subarray(0, QUARANTINE_HEAD_BYTES) },
        ])
        expect(last?.bytes).toEqual(connack)
      }
    }
  })

  it('holds the head of a huge payload, no more', () => {
    const scanner = createPacketScanner({ first: 'connect' })
    scanner.scan(mqttPacket.generate(CONNECT))
    const huge = publish(Buffer.alloc(20_000_000))
    for (let at = 0; at < huge.length - 1; at += 65_536) {
      scanner.scan(huge.subarray(at, Math.min(huge.length - 1, at + 65_536)))
      expect(scanner.heldBytes).toBeLessThan(2_000)
    }
  })

  it('passes what is just within the limit untouched', () => {
    const packet = publish(Buffer.alloc(MAX_PAYLOAD_BYTES, 1))
    const [, scanned] = scanAll(Buffer.concat([mqttPacket.generate(CONNECT), packet]), [70_000, 140_000])
    expect(scanned?.whole).toBeUndefined()
    expect(scanned?.bytes.equals(packet)).toBe(true)
  })

  it('refuses a broker that does not begin with CONNACK', () => {
    expect(() => createPacketScanner({ first: 'connack' }).scan(mqttPacket.generate(CONNECT))).toThrow(/not CONNACK/)
  })

  it('refuses what is not MQTT: another first packet, a malformed length, a huge packet of another type', () => {
    expect(() => createPacketScanner({ first: 'connect' }).scan(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow(
      /not CONNECT/,
    )
    expect(() => createPacketScanner({ first: 'connect' }).scan(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]))).toThrow(
      /malformed/,
    )
    expect(() => createPacketScanner({ first: 'connect' }).scan(Buffer.from([0x10, 0xff, 0xff, 0x7f]))).toThrow(
      /type 1/,
    )
    const scanner = createPacketScanner({ first: 'connect' })
    scanner.scan(mqttPacket.generate(CONNECT))
    expect(() => scanner.scan(Buffer.from([0x82, 0xff, 0xff, 0x7f]))).toThrow(/type 8/)
  })

  it('throws an Error or answers packets for any bytes at all', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), (chunks) => {
        const scanner = createPacketScanner({ first: 'connect' })
        scanner.scan(mqttPacket.generate(CONNECT))
        try {
          for (const chunk of chunks)
            for (const { bytes } of scanner.scan(Buffer.from(chunk))) expect(bytes.length).toBeGreaterThan(1)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          expect(error).not.toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
