import mqttPacket, { type IPublishPacket } from 'mqtt-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPlainPublish } from './plain-publish.ts'

const publish: IPublishPacket = {
  cmd: 'publish',
  topic: 'bsn/v1/d1/vitals',
  payload: Buffer.from('x'),
  qos: 1,
  messageId: 7,
  dup: false,
  retain: false,
}
const read = (packet: IPublishPacket) => readPlainPublish(mqttPacket.generate(packet))

describe('a plain PUBLISH', () => {
  it('is read as it was written, of any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.boolean(),
        (messageId, size, dup) => {
          const payload = Buffer.alloc(size, 0x80)
          const found = read({ ...publish, messageId, payload, dup })
          expect(found).toMatchObject({ topic: publish.topic, messageId, again: dup })
          expect(found?.payload.equals(payload)).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('has QoS 1 and is not to be retained', () => {
    expect(read({ ...publish, qos: 0 })).toBeUndefined()
    expect(read({ ...publish, qos: 2 })).toBeUndefined()
    expect(read({ ...publish, retain: true })).toBeUndefined()
    expect(readPlainPublish(mqttPacket.generate({ cmd: 'pingreq' }))).toBeUndefined()
  })

  it('is nothing that is odd: that is for the engine to judge', () => {
    const packet = mqttPacket.generate(publish)
    for (let length = 0; length < packet.length - 1; length++) {
      expect(readPlainPublish(packet.subarray(0, length))).toBeUndefined()
    }
    const withoutId = Buffer.from(packet)
    withoutId.writeUInt16BE(0, 4 + publish.topic.length)
    expect(readPlainPublish(withoutId)).toBeUndefined()
    const tooLongTopic = Buffer.from(packet)
    tooLongTopic.writeUInt16BE(60_000, 2)
    expect(readPlainPublish(tooLongTopic)).toBeUndefined()
  })
})
