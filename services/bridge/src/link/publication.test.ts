import fc from 'fast-check'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { readPublication } from './publication.ts'

const userProperties = fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), fc.string({ maxLength: 200 }), {
  minKeys: 1,
  maxKeys: 9,
})

describe('a publication', () => {
  it('is read as mqtt-packet reads it, in MQTT 3.1.1 and 5', () => {
    fc.assert(
      fc.property(
        fc.record({
          topic: fc.stringMatching(/^[a-zA-Zé/]{1,40}$/),
          payload: fc.uint8Array({ maxLength: 300 }),
          qos: fc.constantFrom(0, 1, 2),
          dup: fc.boolean(),
          retain: fc.boolean(),
          messageId: fc.integer({ min: 1, max: 65_535 }),
          properties: fc.record({ userProperties, messageExpiryInterval: fc.nat() }, { requiredKeys: [] }),
        }),
        fc.constantFrom(4, 5),
        ({ payload, qos, dup, ...rest }, protocolVersion) => {
          const packet: IPublishPacket = {
            cmd: 'publish',
            ...rest,
            qos,
            dup: qos > 0 && dup,
            payload: Buffer.from(payload),
          }
          const bytes = mqttPacket.generate(packet, { protocolVersion })
          const parsed: Packet[] = []
          const parser = mqttPacket.parser({ protocolVersion })
          parser.on('packet', (each: Packet) => parsed.push(each))
          parser.parse(bytes)
          const read = readPublication({ publish: true, bytes }, protocolVersion === 5)
          expect(parsed).toMatchObject([
            { topic: read.topic, payload: read.payload, qos: read.qos, dup: read.dup, retain: read.retain },
          ])
          expect(read).toMatchObject({ topic: rest.topic, qos, id: qos === 0 ? 0 : rest.messageId })
        },
      ),
    )
  })

  it('that is malformed gives an Error, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 40 }), fc.boolean(), (bytes, mqtt5) => {
        try {
          const { topic } = readPublication({ publish: true, bytes: Buffer.from(bytes) }, mqtt5)
          expect(topic).not.toBe('')
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
