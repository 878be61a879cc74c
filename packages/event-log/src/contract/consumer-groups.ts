import { errorCodeOf } from '@pulsewire/contracts'
import { describe, expect, test, vi } from 'vitest'
import type { EventLog, StoredRecord } from '../port.ts'
import { PARTITIONS, nothing, numbered, record, text, setUpBench, type EventLogSubject } from './support.ts'

/** Consumer groups: at least once, in order, one owner a partition. */
export function consumerGroupsContract(subject: EventLogSubject): void {
  describe(`${subject.name}: consumer groups`, () => {
    const bench = setUpBench(subject)
    const { open, patience } = bench

    const collect = (
      into: StoredRecord[],
    ): ((batch: { readonly records: readonly StoredRecord[] }) => Promise<void>) => {
      return async ({ records }) => void into.push(...records)
    }

    test('in order per partition, one call at a time, at most maxBatchRecords each', async () => {
      const { log } = bench
      const keys = ['a', 'b', 'c', 'd', 'e', 'f']
      for (let index = 0; index < 50; index++)
        await log.append(
          'telemetry',
          keys.map((key) => record(key, String(index))),
        )
      const seen: StoredRecord[] = []
      const active = new Map<number, number>()
      let overlaps = 0
      let largest = 0
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        maxBatchRecords: 7,
        async handler({ partition, records }) {
          active.set(partition, (active.get(partition) ?? 0) + 1)
          if (active.get(partition) !== 1) overlaps++
          await new Promise((resolve) => setImmediate(resolve))
          active.set(partition, (active.get(partition) ?? 0) - 1)
          largest = Math.max(largest, records.length)
          seen.push(...records)
        },
      })
      await vi.waitFor(() => expect(seen).toHaveLength(300), patience)
      for (const key of keys) {
        expect(seen.filter((r) => r.key === key).map(text)).toEqual(
          Array.from({ length: 50 }, (_, index) => String(index)),
        )
      }
      expect({ overlaps, largest }).toEqual({ overlaps: 0, largest: 7 })
    })

    test('gathered: what comes after a batch is given together and in order, and a stop waits for nothing', async () => {
      const { log } = bench
      const batches: (string | null)[][] = []
      const consumer = await log.consume({
        topics: ['telemetry'],
        group: 'g',
        gatherMs: () => 600,
        handler: async ({ records }) => void batches.push(records.map(text)),
      })
      await log.append('telemetry', [record('a', '0')])
      await vi.waitFor(() => expect(batches).toEqual([['0']]), patience)
      for (let index = 1; index <= 20; index++) await log.append('telemetry', [record('a', String(index))])
      await vi.waitFor(() => expect(batches.flat()).toHaveLength(21), patience)
      expect(batches.flat()).toEqual(Array.from({ length: 21 }, (_, index) => String(index)))
      expect(batches.length).toBeLessThanOrEqual(5)
      await log.append('telemetry', [record('a', '21')])
      const began = performance.now()
      await consumer.stop()
      expect(performance.now() - began).toBeLessThan(500)
    })

    test('a restart from the committed positions neither misses nor repeats a record', async () => {
      const { log } = bench
      const seen: StoredRecord[] = []
      const options = { topics: ['telemetry', 'alarms'], group: 'g', handler: collect(seen) } as const
      await log.append('telemetry', numbered('patient', 20))
      const first = await log.consume(options)
      await vi.waitFor(() => expect(seen).toHaveLength(20), patience)
      await first.stop()
      await log.append('telemetry', numbered('patient', 20, 20))
      await log.append('alarms', numbered('patient', 5, 100))
      await log.close()
      const again = await open()
      await again.consume(options)
      await vi.waitFor(() => expect(seen).toHaveLength(45), patience)
      expect(seen.filter((r) => r.topic === 'telemetry').map(text)).toEqual(
        Array.from({ length: 40 }, (_, index) => String(index)),
      )
      const partition = again.partitionOf('telemetry', 'patient')
      await vi.waitFor(async () => {
        expect(await again.committed('g', 'telemetry')).toContainEqual({ topic: 'telemetry', partition, offset: 40 })
        expect(await again.committed('g', 'alarms')).toContainEqual({ topic: 'alarms', partition, offset: 5 })
      }, patience)
    })

    test('at least once: a batch whose handler rejects is given again with back-off, before what follows', async () => {
      const { log } = bench
      const attempts: { at: number; values: (string | null)[] }[] = []
      const errors: Error[] = []
      await log.append('telemetry', numbered('patient', 3))
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        maxBatchRecords: 2,
        async handler({ records }) {
          attempts.push({ at: performance.now(), values: records.map(text) })
          if (attempts.length < 3) throw new Error('sink down')
        },
        onError: (error) => errors.push(error),
      })
      await vi.waitFor(() => expect(attempts).toHaveLength(4), patience)
      expect(attempts.map((attempt) => attempt.values)).toEqual([['0', '1'], ['0', '1'], ['0', '1'], ['2']])
      expect(errors.filter((error) => error.message === 'sink down')).toHaveLength(2)
      const [first, second, third] = attempts.map((attempt) => attempt.at)
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(20)
      expect((third ?? 0) - (second ?? 0)).toBeGreaterThan((second ?? 0) - (first ?? 0))
    })

    test('a handler that fails leaves the position: the next member is given the batch', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 3))
      let failures = 0
      const failing = await log.consume({
        topics: ['telemetry'],
        group: 'g',
        async handler() {
          failures++
          throw new Error('broken')
        },
        onError: () => undefined,
      })
      await vi.waitFor(() => expect(failures).toBeGreaterThan(0), patience)
      await failing.stop()
      const seen: StoredRecord[] = []
      await log.consume({ topics: ['telemetry'], group: 'g', handler: collect(seen) })
      await vi.waitFor(() => expect(seen.map(text)).toEqual(['0', '1', '2']), patience)
    })

    test('groups are independent, and `latest` starts a new group at the end', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 3))
      const [first, second, late]: StoredRecord[][] = [[], [], []]
      await log.consume({ topics: ['telemetry'], group: 'one', handler: collect(first ?? []) })
      await log.consume({ topics: ['telemetry'], group: 'two', handler: collect(second ?? []) })
      const third = await log.consume({
        topics: ['telemetry'],
        group: 'late',
        from: 'latest',
        handler: collect(late ?? []),
      })
      await vi.waitFor(() => expect(third.assigned).toHaveLength(PARTITIONS), patience)
      await vi.waitFor(() => expect([first?.length, second?.length]).toEqual([3, 3]), patience)
      await log.append('telemetry', numbered('patient', 1, 3))
      await vi.waitFor(() => expect(late?.map(text)).toEqual(['3']), patience)
      await vi.waitFor(() => expect([first?.length, second?.length]).toEqual([4, 4]), patience)
    })

    test('rebalance: a second member takes its share after the first flushed it; a leaver gives all back; nothing is missed', async () => {
      const { log } = bench
      const seen: StoredRecord[] = []
      const events: string[] = []
      const other = await open()
      const member = (handle: EventLog, name: string): ReturnType<EventLog['consume']> =>
        handle.consume({
          topics: ['telemetry'],
          group: 'g',
          handler: collect(seen),
          async onAssigned(partitions) {
            for (const partition of partitions) events.push(`${name}+${partition}`)
          },
          async onRevoked(partitions) {
            for (const partition of partitions) events.push(`${name}-${partition}`)
          },
        })
      const first = await member(log, 'a')
      await vi.waitFor(() => expect(events).toHaveLength(PARTITIONS), patience)
      const keys = Array.from({ length: 16 }, (_, index) => `k${index}`)
      let sent = 0
      const sendAll = async (): Promise<void> => {
        await log.append(
          'telemetry',
          keys.map((key) => record(key, String(sent))),
        )
        sent++
      }
      await sendAll()
      const second = await member(other, 'b')
      await vi.waitFor(async () => {
        await sendAll()
        expect([first.assigned.length, second.assigned.length]).toEqual([PARTITIONS / 2, PARTITIONS / 2])
      }, patience)
      expect(new Set([...first.assigned, ...second.assigned])).toEqual(new Set([0, 1, 2, 3]))
      for (const partition of second.assigned) {
        await vi.waitFor(() => expect(events).toContain(`b+${partition}`), patience)
        expect(events.indexOf(`a-${partition}`)).toBeGreaterThan(-1)
        expect(events.indexOf(`a-${partition}`)).toBeLessThan(events.indexOf(`b+${partition}`))
      }
      await first.stop()
      await vi.waitFor(() => expect(second.assigned).toHaveLength(PARTITIONS), patience)
      await sendAll()
      // Orderly hand-overs: not one record twice, none out of order.
      await vi.waitFor(() => expect(seen.length).toBe(sent * keys.length), patience)
      for (const key of keys) {
        expect(seen.filter((r) => r.key === key).map(text)).toEqual(
          Array.from({ length: sent }, (_, index) => String(index)),
        )
      }
    })

    test("a stale owner's commit is refused with PW_CONFLICT and leaves the new owner's position", async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 3))
      const partition = log.partitionOf('telemetry', 'patient')
      let stale: ((offset: number) => Promise<void>) | undefined
      const first = await log.consume({
        topics: ['telemetry'],
        group: 'g',
        commit: 'manual',
        async handler(batch) {
          stale = (offset) => batch.commit(offset)
        },
      })
      await vi.waitFor(() => expect(stale).toBeDefined(), patience)
      await first.stop()
      const other = await open()
      await other.consume({ topics: ['telemetry'], group: 'g', handler: nothing })
      const committed = [{ topic: 'telemetry', partition, offset: 3 }]
      await vi.waitFor(async () => expect(await other.committed('g', 'telemetry')).toEqual(committed), patience)
      await expect(stale?.(1)).rejects.toMatchObject({ code: 'PW_CONFLICT' })
      await expect(first.commit({ topic: 'telemetry', partition, offset: 1 })).rejects.toMatchObject({
        code: 'PW_CONFLICT',
      })
      expect(await other.committed('g', 'telemetry')).toEqual(committed)
    })

    test('onAssigned may say where to start, whatever was committed', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 10))
      const partition = log.partitionOf('telemetry', 'patient')
      const seen: StoredRecord[] = []
      const first = await log.consume({ topics: ['telemetry'], group: 'g', handler: collect(seen) })
      await vi.waitFor(() => expect(seen).toHaveLength(10), patience)
      await first.stop()
      seen.length = 0
      const assigned: number[] = []
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        handler: collect(seen),
        async onAssigned(partitions) {
          assigned.push(...partitions)
          return partitions.includes(partition) ? [{ topic: 'telemetry', partition, offset: 6 }] : []
        },
      })
      await vi.waitFor(() => expect(seen.map(text)).toEqual(['6', '7', '8', '9']), patience)
      expect(new Set(assigned)).toEqual(new Set([0, 1, 2, 3]))
    })

    test('a position beyond the end (another log, an older copy) is reported, and all is read rather than nothing', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 3))
      const from = { topic: 'telemetry', partition: log.partitionOf('telemetry', 'patient'), offset: 1_000 } as const
      const [consumed, tailed]: [StoredRecord[], StoredRecord[]] = [[], []]
      const codes: string[] = []
      const onError = (error: Error): void => void codes.push(errorCodeOf(error))
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        handler: collect(consumed),
        onAssigned: async () => [from],
        onError,
      })
      await log.tail({
        topics: ['telemetry'],
        from: [from],
        handler: ({ records }) => void tailed.push(...records),
        onError,
      })
      await vi.waitFor(
        () =>
          expect([consumed.map(text), tailed.map(text)]).toEqual([
            ['0', '1', '2'],
            ['0', '1', '2'],
          ]),
        patience,
      )
      expect(codes).toEqual(['PW_LOG_DAMAGED', 'PW_LOG_DAMAGED'])
    })

    test('manual: nothing is committed but by batch.commit and consumer.commit', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 10))
      const partition = log.partitionOf('telemetry', 'patient')
      const seen: StoredRecord[] = []
      const consumer = await log.consume({
        topics: ['telemetry'],
        group: 'g',
        commit: 'manual',
        maxBatchRecords: 5,
        async handler(batch) {
          seen.push(...batch.records)
          if (seen.length === 5) await batch.commit(4)
        },
      })
      await vi.waitFor(() => expect(seen).toHaveLength(10), patience)
      expect(await log.committed('g', 'telemetry')).toEqual([{ topic: 'telemetry', partition, offset: 4 }])
      await consumer.commit({ topic: 'telemetry', partition, offset: 7 })
      await consumer.stop()
      expect(await log.committed('g', 'telemetry')).toEqual([{ topic: 'telemetry', partition, offset: 7 }])
    })

    test('stop: the batch in hand is finished and committed, then onRevoked; nothing is handled afterwards', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 4))
      const partition = log.partitionOf('telemetry', 'patient')
      const steps: string[] = []
      let finish: (() => void) | undefined
      const consumer = await log.consume({
        topics: ['telemetry'],
        group: 'g',
        maxBatchRecords: 2,
        async handler({ records }) {
          await new Promise<void>((resolve) => (finish = resolve))
          steps.push(`handled ${records.length}`)
        },
        async onRevoked() {
          const offset = (await log.committed('g', 'telemetry'))[0]?.offset
          steps.push(`revoked at ${offset}`)
        },
      })
      await vi.waitFor(() => expect(finish).toBeDefined(), patience)
      const stopped = consumer.stop()
      finish?.()
      await stopped
      expect(steps).toEqual(['handled 2', 'revoked at 2'])
      expect(await log.committed('g', 'telemetry')).toEqual([{ topic: 'telemetry', partition, offset: 2 }])
      expect(consumer.assigned).toEqual([])
    })

    test('a batch tells the end of its partition, so that lag can be told', async () => {
      const { log } = bench
      await log.append('telemetry', numbered('patient', 10))
      const lags: number[] = []
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        maxBatchRecords: 4,
        async handler({ next, records }) {
          lags.push(next - (records.at(-1)?.offset ?? 0) - 1)
        },
      })
      await vi.waitFor(() => expect(lags).toEqual([6, 2, 0]), patience)
    })
  })
}
