import { errorCodeOf } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createProducer, type Producer } from './producer.ts'
import { createFakeBroker, type FakeBroker, type Fate } from './testing/fake-broker.ts'

const PATIENCE = { timeout: 5_000, interval: 5 }

function start(deliveryMs = 8_000): { broker: FakeBroker; producer: Producer } {
  const broker = createFakeBroker()
  const producer = createProducer(broker.cluster, { nameOf: (topic) => topic, partitionCount: () => 1, deliveryMs })
  return { broker, producer }
}
const append = (producer: Producer, value: string): Promise<unknown> =>
  producer.append('telemetry', [{ key: 'k', headers: {}, value: Buffer.from(value) }])
const written = ({ log }: FakeBroker): string[] => log.map(({ value }) => Buffer.from(value ?? []).toString())
/** The fates given, in this order, then answers. */
const fates =
  (...list: Fate[]): (() => Fate) =>
  () =>
    list.shift() ?? 'answer'

describe('producer: no loss, no doubling, order', () => {
  test('what was written without an answer is sent again unchanged, and neither doubled nor lost', async () => {
    const { broker, producer } = start()
    broker.fate = fates('answer', 'silence', 'lost', 'silence')
    await append(producer, 'a')
    expect(await append(producer, 'b')).toEqual([{ topic: 'telemetry', partition: 0, offset: 1 }])
    await append(producer, 'c')
    expect(written(broker)).toEqual(['a', 'b', 'c'])
  })

  test('after an append that could not be confirmed the next is not taken for it: what is confirmed is written', async () => {
    const { broker, producer } = start(100)
    broker.fate = () => 'silence'
    await expect(append(producer, 'a')).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    broker.fate = () => 'answer'
    // With the sequence number of `a` the broker would confirm `b` without writing it.
    expect(await append(producer, 'b')).toEqual([{ topic: 'telemetry', partition: 0, offset: 1 }])
    expect(written(broker)).toEqual(['a', 'b'])
  })

  test('what the network kept of a rejected append comes to nothing, once something later was written', async () => {
    const { broker, producer } = start(100)
    await append(producer, 'first')
    broker.fate = () => 'late'
    await expect(append(producer, 'a')).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    broker.fate = () => 'answer'
    await append(producer, 'a')
    await append(producer, 'b')
    broker.deliver()
    expect(written(broker)).toEqual(['first', 'a', 'b'])
  })

  test('a rejected append takes with it all that waits behind it, so that nothing overtakes it', async () => {
    const { broker, producer } = start(100)
    broker.fate = () => 'lost'
    const first = append(producer, 'a')
    await vi.waitFor(() => expect(broker.requests).toBe(1), PATIENCE)
    const second = append(producer, 'b')
    await expect(first).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    await expect(second).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    expect(written(broker)).toEqual([])
  })

  test('it takes with it what waits for room behind it, too', async () => {
    const { broker, producer } = start(100)
    broker.fate = () => 'lost'
    const value = Buffer.alloc(1024 * 1024 - 100)
    // 16 MiB are taken in; the last ones wait for room.
    const appends = Array.from({ length: 20 }, (_, index) =>
      producer.append('telemetry', [{ key: 'k', headers: { index: String(index) }, value }]),
    )
    const order: number[] = []
    const outcomes = appends.map((appended, index) =>
      appended.then(
        () => 'confirmed',
        () => {
          order.push(index)
          broker.fate = () => 'answer'
          return 'rejected'
        },
      ),
    )
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['rejected']))
    expect(order).toEqual(appends.map((_, index) => index))
    expect(broker.log).toEqual([])
  })

  test('an append is rejected in time, also while the cluster does not say who leads', async () => {
    const { broker, producer } = start(200)
    await append(producer, 'first')
    broker.cluster.refresh = () => new Promise(() => undefined)
    broker.fate = () => 'lost'
    await expect(append(producer, 'a')).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    broker.fate = () => 'answer'
    await append(producer, 'b')
    expect(written(broker)).toEqual(['first', 'b'])
  })

  test('close does not wait for a Kafka that is away: what is not confirmed is rejected', async () => {
    const { broker, producer } = start(60_000)
    broker.fate = () => 'never'
    const appended = expect(append(producer, 'a')).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    const began = performance.now()
    await producer.close()
    await appended
    expect(performance.now() - began).toBeLessThan(3_000)
    await expect(append(producer, 'b')).rejects.toMatchObject({ code: 'PW_LOG_CLOSED' })
  })

  test('close confirms what was taken in', async () => {
    const { broker, producer } = start()
    broker.fate = fates('lost', 'silence')
    const appended = append(producer, 'a')
    await producer.close()
    await appended
    expect(written(broker)).toEqual(['a'])
  })

  test('whatever happens: what is confirmed is there, in order, and twice only after a rejection', async () => {
    const fate = fc.constantFrom<Fate>('answer', 'answer', 'silence', 'lost', 'late')
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 40 }), async (list) => {
        const { broker, producer } = start(60)
        broker.fate = fates(...list)
        let rejections = 0
        for (let value = 0; value < 8;) {
          try {
            await append(producer, String(value))
            value++
          } catch (error) {
            expect(errorCodeOf(error)).toBe('PW_LOG_UNAVAILABLE')
            rejections++
          }
          if (value % 3 === 0) broker.deliver()
        }
        broker.deliver()
        const values = written(broker).map(Number)
        expect([...new Set(values)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
        expect(values.length - 8).toBeLessThanOrEqual(rejections)
      }),
      { numRuns: 25 },
    )
  })
})
