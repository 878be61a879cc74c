import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPack } from './packed.ts'

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    'a/',
    '/7',
    'telemetry/3/12',
    'telemetry/3/012',
    'telemetry/3/1e3',
    'telemetry/3/99999999999999999999',
  ),
  fc.nat().map((offset) => `telemetry/3/${offset}`),
)
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, NaN, Infinity, 1.76e12))
const samples = fc.array(fc.integer({ min: -32768, max: 32767 })).map((values) => Int16Array.from(values))
const key = fc.stringMatching(/^[a-c]{1,2}$/)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(text, number, samples, fc.boolean(), fc.constant(null), fc.constant(undefined)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
})).value

describe('a pack', () => {
  test('gives back what was added, whatever it was, again and again, and in any order', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.nat(), (values, closedAt) => {
        const pack = createPack<unknown>()
        values.forEach((each, index) => {
          pack.add(each)
          if (index === closedAt % (values.length + 1)) pack.close()
        })
        expect(pack.length).toBe(values.length)
        for (const index of [...values.keys()].toReversed()) expect(pack.at(index)).toStrictEqual(values[index])
        for (const index of values.keys()) expect(pack.at(index)).toStrictEqual(values[index])
      }),
    )
  })

  test('keeps nothing of the value itself: what is done with it afterwards changes nothing', () => {
    const message = { seq: 1, samples: Int16Array.of(1, 2), place: 'telemetry/0/7' }
    const pack = createPack<typeof message>()
    pack.add(message)
    message.samples[0] = 9
    message.seq = 8
    const first = pack.at(0)
    expect(first).toEqual({ seq: 1, samples: Int16Array.of(1, 2), place: 'telemetry/0/7' })
    first.samples[0] = 5
    expect(pack.at(0).samples[0]).toBe(1)
  })

  test('of a thousand blocks has them all, and no other', () => {
    const pack = createPack<unknown>()
    const block = (seq: number): unknown => ({
      headers: { kind: 'waveform', device: 'w-1', boot: 'b', seq, time: 1.76e12 + 1000 * seq },
      samples: new Int16Array(250),
      position: `telemetry/3/${seq * 17}`,
    })
    for (let seq = 0; seq < 1_000; seq++) pack.add(block(seq))
    pack.close()
    expect(pack.samples).toBe(250_000)
    expect(pack.at(999)).toStrictEqual(block(999))
    expect(() => pack.at(1_000)).toThrow(RangeError)
  })
})
