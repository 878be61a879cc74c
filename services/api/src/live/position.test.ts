import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLiveVector, LIVE_TOPICS, parseToken } from './position.ts'

const PARTITIONS = 8
const rows = fc.array(fc.array(fc.nat({ max: 2 ** 50 }), { minLength: PARTITIONS, maxLength: PARTITIONS }), {
  minLength: LIVE_TOPICS.length,
  maxLength: LIVE_TOPICS.length,
})

test('a token gives back the vector that it was made of', () => {
  fc.assert(
    fc.property(
      rows,
      fc.nat({ max: 3 }),
      fc.nat({ max: 7 }),
      fc.integer({ min: 1, max: 999 }),
      (offsets, topicIndex, partition, messages) => {
        const vector = createLiveVector(offsets)
        const topic = LIVE_TOPICS[topicIndex] ?? 'telemetry'
        const within = { topic, partition, messages }
        expect(parseToken(vector.token(), PARTITIONS)?.vector.positions()).toEqual(vector.positions())
        expect(parseToken(vector.token(within), PARTITIONS)?.within).toEqual(within)
        vector.advance(topic, partition, 7)
        expect(parseToken(vector.token(), PARTITIONS)?.vector.next(topic, partition)).toBe(7)
        expect(encodeURIComponent(vector.token(within))).toBe(vector.token(within))
      },
    ),
  )
})

test('no text crashes the parser, and none of another shape is taken', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseToken(text, PARTITIONS)))
  const token = createLiveVector(LIVE_TOPICS.map(() => [1, 2])).token()
  expect(parseToken(token, 2)).toBeDefined()
  expect(parseToken(token, 3)).toBeUndefined()
  expect(parseToken(token.replace('1_', '2_'), 2)).toBeUndefined()
  expect(parseToken(`${token}_9-0-1`, 2)).toBeUndefined()
  expect(parseToken(`${token}_0-0-1_x`, 2)).toBeUndefined()
})
