import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPartitionCount, murmur2, partitionOfKey, partitionsOfTopic } from './partitioner.ts'

describe('partitioner', () => {
  test("murmur2 agrees with Kafka's own test vectors", () => {
    // org.apache.kafka.common.utils.UtilsTest#testMurmur2
    const vectors: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ]
    for (const [key, hash] of vectors) expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  test('a key has a partition within the count, always the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const partition = partitionOfKey(key, partitions)
        return (
          Number.isInteger(partition) &&
          partition >= 0 &&
          partition < partitions &&
          partition === partitionOfKey(key, partitions)
        )
      }),
    )
  })

  test('topics without partitions have one, whatever the log has', () => {
    expect(partitionsOfTopic('telemetry', 8)).toBe(8)
    expect(partitionsOfTopic('registry', 8)).toBe(1)
  })

  test('a count that is none is refused as configuration', () => {
    for (const count of [0, -1, 1.5, Number.NaN, 5_000]) {
      expect(() => checkPartitionCount(count)).toThrowError(expect.objectContaining({ code: 'PW_CONFIG_INVALID' }))
    }
  })
})
