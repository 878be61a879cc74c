import { LOG_TOPIC_NAMES, LOG_TOPICS, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EventLog, LogRecord, StoredRecord } from './port.ts'

/** An adapter under test. */
export interface EventLogSubject {
  readonly name: string
  /** A new, empty log with so many partitions. */
  create(partitions: number): Promise<SubjectLog>
  /** False where compaction and retention are the engine's own affair (Kafka): those tests are left out. Default true. */
  readonly maintains?: boolean
  /** The longest that delivery or a rebalance may take, ms. Default 5,000. */
  readonly patienceMs?: number
}

export interface SubjectLog {
  /** A handle on the log, independent of others: as another process, or this one after a restart, would open it. */
  open(): Promise<EventLog>
  destroy(): Promise<void>
}

const PARTITIONS = 4
const DAY_MS = 24 * 60 * 60 * 1000

const record = (key: string, value: string | null, headers: Record<string, string> = {}): LogRecord => ({
  key,
  headers,
  value: value === null ? null : Buffer.from(value),
})
const numbered = (key: string, count: number, from = 0): LogRecord[] =>
  Array.from({ length: count }, (_, index) => record(key, String(from + index)))
const text = (stored: { readonly value: Uint8Array | null }): string | null =>
  stored.value === null ? null : Buffer.from(stored.value).toString()
const nothing = async (): Promise<void> => undefined

/** Everything of a partition (or of all) as it is read back. */
async function readAll(log: EventLog, topic: LogTopic, only?: number): Promise<StoredRecord[]> {
  const all: StoredRecord[] = []
  for (const { partition, earliest } of await log.ends(topic)) {
    if (only !== undefined && partition !== only) continue
    for await (const batch of log.read(topic, partition, { from: earliest })) all.push(...batch)
  }
  return all
}

/** Two keys that live in different partitions. */
function keysApart(log: EventLog): [string, string] {
  for (let index = 1; ; index++) {
    if (log.partitionOf('telemetry', `p${index}`) !== log.partitionOf('telemetry', 'p0')) return ['p0', `p${index}`]
  }
}

/** The tests that every adapter of the `EventLog` port passes. */
export function eventLogContract(subject: EventLogSubject): void {
  const patience = { timeout: subject.patienceMs ?? 5_000, interval: 5 }
  let subjectLog: SubjectLog
  let log: EventLog
  let handles: EventLog[]

  const open = async (): Promise<EventLog> => {
    const handle = await subjectLog.open()
    handles.push(handle)
    return handle
  }

  beforeEach(async () => {
    handles = []
    subjectLog = await subject.create(PARTITIONS)
    log = await open()
  })
  afterEach(async () => {
    await Promise.all(handles.map((handle) => handle.close()))
    await subjectLog.destroy()
  })

  describe(`${subject.name}: appending`, () => {
    test('durability: what was acknowledged is there after a reopen, unchanged', async () => {
      const sent = [
        record('patient-1', 'one', { kind: 'vitals', at: '1' }),
        record('patient-1', '', {}),
        record('pätient-€', 'zwei', { näme: 'wért 🙂', empty: '' }),
        record('patient-1', null, { tombstone: 'yes' }),
      ]
      const positions = await log.append('telemetry', sent)
      await log.close()
      const again = await open()
      for (const [index, position] of positions.entries()) {
        const [stored] = (await readAll(again, 'telemetry', position.partition)).filter(
          (r) => r.offset === position.offset,
        )
        expect(stored).toMatchObject({ ...position, key: sent[index]?.key, headers: sent[index]?.headers })
        expect(stored === undefined ? undefined : text(stored)).toEqual(
          sent[index] === undefined ? undefined : text(sent[index]),
        )
      }
    })

    test('positions come in the order given, dense and ascending in each partition', async () => {
      const [a, b] = keysApart(log)
      const positions = await log.append('telemetry', [record(a, '0'), record(b, '1'), record(a, '2'), record(a, '3')])
      const more = await log.append('telemetry', [record(b, '4'), record(a, '5')])
      const all = [...positions, ...more]
      expect(all.map((p) => p.partition)).toEqual([a, b, a, a, b, a].map((key) => log.partitionOf('telemetry', key)))
      expect(all.map((p) => p.offset)).toEqual([0, 0, 1, 2, 1, 3])
    })

    test('order: appends of one key that are in flight together keep the order of the calls', async () => {
      const calls = Array.from({ length: 200 }, (_, index) =>
        log.append('telemetry', numbered('patient', 3, index * 3)),
      )
      const positions = (await Promise.all(calls)).flat()
      expect(positions.map((p) => p.offset)).toEqual(Array.from({ length: 600 }, (_, index) => index))
      const stored = await readAll(log, 'telemetry', log.partitionOf('telemetry', 'patient'))
      expect(stored.map(text)).toEqual(Array.from({ length: 600 }, (_, index) => String(index)))
    })

    test('the same key has the same partition in every partitioned topic, partition 0 in the others', async () => {
      for (const key of ['patient-1', 'patient-2', 'ward/7', '', 'ü']) {
        const partition = log.partitionOf('telemetry', key)
        for (const topic of LOG_TOPIC_NAMES) {
          expect(log.partitionOf(topic, key)).toBe(LOG_TOPICS[topic].partitioned ? partition : 0)
        }
      }
      expect(new Set(Array.from({ length: 100 }, (_, index) => log.partitionOf('telemetry', `p${index}`))).size).toBe(
        PARTITIONS,
      )
      expect(await log.ends('telemetry')).toHaveLength(PARTITIONS)
      expect(await log.ends('registry')).toHaveLength(1)
    })

    test('two handles that append at once to one partition get distinct, dense offsets, each in its own order', async () => {
      const other = await open()
      const write = async (handle: EventLog, name: string): Promise<LogPosition[]> => {
        const all: LogPosition[] = []
        for (let index = 0; index < 20; index++)
          all.push(...(await handle.append('audit', numbered(name, 2, index * 2))))
        return all
      }
      const both = (await Promise.all([write(log, 'a'), write(other, 'b')])).flat()
      expect(both.map((p) => p.offset).sort((x, y) => x - y)).toEqual(Array.from({ length: 80 }, (_, index) => index))
      const stored = await readAll(log, 'audit')
      for (const name of ['a', 'b']) {
        expect(stored.filter((r) => r.key === name).map(text)).toEqual(
          Array.from({ length: 40 }, (_, index) => String(index)),
        )
      }
    })

    test('timestamps never decrease within a partition and are the time of the append', async () => {
      const before = Date.now()
      for (let index = 0; index < 5; index++) await log.append('telemetry', [record('patient', String(index))])
      const stamps = (await readAll(log, 'telemetry')).map((r) => r.timestamp)
      expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
      expect(stamps[0]).toBeGreaterThanOrEqual(before - 1)
      expect(stamps.at(-1)).toBeLessThanOrEqual(Date.now() + 1)
    })

    test('back-pressure: many more appends than may wait at once all resolve, in order', async () => {
      const value = Buffer.alloc(16 * 1024, 7)
      const calls = Array.from({ length: 2_000 }, (_, index) =>
        log.append('telemetry', [{ key: 'patient', headers: { index: String(index) }, value }]),
      )
      const positions = (await Promise.all(calls)).flat()
      expect(positions.map((p) => p.offset)).toEqual(Array.from({ length: 2_000 }, (_, index) => index))
    })

    test('what the caller does with its buffer after the call changes nothing in the log', async () => {
      const value = Buffer.from('before')
      const done = log.append('telemetry', [{ key: 'patient', headers: {}, value }])
      value.fill('x')
      await done
      expect((await readAll(log, 'telemetry')).map(text)).toEqual(['before'])
    })

    test('a record of 256 KiB is taken; one beyond the limit is refused with PW_RECORD_TOO_LARGE and hurts no other', async () => {
      const big = Buffer.alloc(256 * 1024, 1)
      const [position] = await log.append('telemetry', [{ key: 'patient', headers: {}, value: big }])
      const tooBig = log.append('telemetry', [{ key: 'patient', headers: {}, value: Buffer.alloc(2 * 1024 * 1024) }])
      await expect(tooBig).rejects.toMatchObject({ code: 'PW_RECORD_TOO_LARGE' })
      await log.append('telemetry', [record('patient', 'after')])
      const stored = await readAll(log, 'telemetry', position?.partition)
      expect(stored.map((r) => r.value?.length)).toEqual([big.length, 5])
      expect(Buffer.from(stored[0]?.value ?? []).equals(big)).toBe(true)
    })

    test('an append of nothing resolves with nothing', async () => {
      expect(await log.append('telemetry', [])).toEqual([])
    })
  })

  describe(`${subject.name}: reading`, () => {
    test('by position: exactly [from, to) of one partition', async () => {
      await log.append('audit', numbered('user', 50))
      await log.append('audit', numbered('user', 50, 50))
      const read = async (from: number, to?: number): Promise<(string | null)[]> => {
        const out: (string | null)[] = []
        const range = to === undefined ? { from } : { from, to }
        for await (const batch of log.read('audit', 0, range)) out.push(...batch.map(text))
        return out
      }
      const expected = (from: number, to: number): string[] =>
        Array.from({ length: to - from }, (_, i) => String(from + i))
      expect(await read(0)).toEqual(expected(0, 100))
      expect(await read(47, 53)).toEqual(expected(47, 53))
      expect(await read(99)).toEqual(expected(99, 100))
      expect(await read(10, 10)).toEqual([])
      expect(await read(100)).toEqual([])
      expect(await read(500, 600)).toEqual([])
    })

    test('by time: the first offset appended at that time or later, the end where there is none', async () => {
      const stamps: number[] = []
      for (let index = 0; index < 6; index++) {
        const [position] = await log.append('audit', [record('user', String(index))])
        for await (const [stored] of log.read('audit', 0, { from: position?.offset ?? 0 }))
          stamps.push(stored?.timestamp ?? 0)
        await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(stamps.at(-1) ?? 0), patience)
      }
      for (const [index, stamp] of stamps.entries()) {
        expect(await log.offsetAt('audit', 0, stamp)).toBe(index)
        expect(await log.offsetAt('audit', 0, stamp + 0.5)).toBe(index + 1)
      }
      expect(await log.offsetAt('audit', 0, 0)).toBe(0)
      expect(await log.offsetAt('audit', 0, Date.now() + DAY_MS)).toBe(6)
      expect(await log.offsetAt('telemetry', 0, 0)).toBe(0)
    })

    test('ends: the oldest offset kept and the next one, of each partition', async () => {
      const [a, b] = keysApart(log)
      await log.append('telemetry', [...numbered(a, 3), ...numbered(b, 1)])
      const next = Object.fromEntries((await log.ends('telemetry')).map((end) => [end.partition, end.next]))
      expect(next[log.partitionOf('telemetry', a)]).toBe(3)
      expect(next[log.partitionOf('telemetry', b)]).toBe(1)
      expect((await log.ends('telemetry')).every((end) => end.earliest === 0)).toBe(true)
    })
  })

  describe(`${subject.name}: tails`, () => {
    test('a tail sees all from a place on, of all partitions, what is there and what comes, by whichever handle', async () => {
      const [a, b] = keysApart(log)
      await log.append('telemetry', [...numbered(a, 5), ...numbered(b, 5)])
      const from = { topic: 'telemetry', partition: log.partitionOf('telemetry', a), offset: 3 } as const
      const seen: StoredRecord[] = []
      const tail = await log.tail({
        topics: ['telemetry'],
        from: [from],
        handler: ({ records }) => void seen.push(...records),
      })
      await vi.waitFor(() => expect(seen.map(text)).toEqual(['3', '4']), patience)
      const other = await open()
      await other.append('telemetry', [record(a, 'own')])
      await log.append('telemetry', [record(b, 'other')])
      await vi.waitFor(() => expect(new Set(seen.map(text).slice(2))).toEqual(new Set(['other', 'own'])), patience)
      expect(tail.positions).toContainEqual({ ...from, offset: 6 })
      await tail.stop()
      await log.append('telemetry', [record(a, 'late')])
      expect(seen).toHaveLength(4)
    })

    test('a batch that the handler rejects is given again; nothing is skipped', async () => {
      const errors: Error[] = []
      const seen: (string | null)[] = []
      await log.tail({
        topics: ['audit'],
        handler({ records }) {
          if (errors.length === 0) throw new Error('not yet')
          seen.push(...records.map(text))
        },
        onError: (error) => errors.push(error),
      })
      await log.append('audit', numbered('user', 3))
      await vi.waitFor(() => expect(seen).toEqual(['0', '1', '2']), patience)
      expect(errors).toMatchObject([{ message: 'not yet' }])
    })
  })

  describe(`${subject.name}: consumer groups`, () => {
    const collect = (
      into: StoredRecord[],
    ): ((batch: { readonly records: readonly StoredRecord[] }) => Promise<void>) => {
      return async ({ records }) => void into.push(...records)
    }

    test('in order per partition, one call at a time, at most maxBatchRecords each', async () => {
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

    test('a restart from the committed positions neither misses nor repeats a record', async () => {
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

    test('manual: nothing is committed but by batch.commit and consumer.commit', async () => {
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

  describe.skipIf(subject.maintains === false)(`${subject.name}: maintenance`, () => {
    test('compaction keeps the newest of each key, at its offset, and drops what was deleted', async () => {
      for (let index = 0; index < 5; index++) {
        await log.append('registry', [record('a', `a${index}`), record('b', `b${index}`), record('c', `c${index}`)])
      }
      await log.append('registry', [record('b', null), record('d', 'd0')])
      const { compacted } = await log.maintain({ now: Date.now() + DAY_MS })
      const left = (await readAll(log, 'registry')).map((r) => [r.offset, r.key, text(r)])
      expect(left).toEqual([
        [12, 'a', 'a4'],
        [14, 'c', 'c4'],
        [16, 'd', 'd0'],
      ])
      expect(compacted).toBe(14)
      const [position] = await log.append('registry', [record('a', 'a5')])
      expect(position?.offset).toBe(17)
    })

    test('a fresh tombstone stays, so that views which are behind learn of it; topics that are not compacted keep all', async () => {
      await log.append('registry', [record('a', 'a0'), record('a', null)])
      await log.append('alarms', [record('a', 'a0'), record('a', 'a1')])
      await log.maintain()
      expect((await readAll(log, 'registry')).map((r) => [r.offset, text(r)])).toEqual([[1, null]])
      expect((await readAll(log, 'alarms')).map(text)).toEqual(['a0', 'a1'])
    })

    test('retention by time removes what is older of retained topics only, and moves the earliest offset', async () => {
      await log.append('telemetry', numbered('patient', 5))
      await log.append('alarms', numbered('patient', 5))
      const partition = log.partitionOf('telemetry', 'patient')
      expect(await log.maintain({ retentionMs: DAY_MS })).toEqual({ removed: 0, compacted: 0 })
      expect(await log.maintain({ retentionMs: DAY_MS, now: Date.now() + 2 * DAY_MS })).toEqual({
        removed: 5,
        compacted: 0,
      })
      expect(await readAll(log, 'telemetry')).toEqual([])
      expect(await readAll(log, 'alarms')).toHaveLength(5)
      expect((await log.ends('telemetry'))[partition]).toMatchObject({ earliest: 5, next: 5 })
      await log.append('telemetry', numbered('patient', 1, 5))
      const seen: StoredRecord[] = []
      await log.consume({
        topics: ['telemetry'],
        group: 'new',
        handler: async ({ records }) => void seen.push(...records),
      })
      await vi.waitFor(() => expect(seen.map(text)).toEqual(['5']), patience)
    })

    test('retention by size removes the oldest until the rest fits', async () => {
      for (let index = 0; index < 20; index++) {
        await log.append('telemetry', [{ key: `p${index % 5}`, headers: {}, value: Buffer.alloc(10_000, index) }])
        const at = Date.now()
        await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(at), patience)
      }
      await log.maintain({ retentionBytes: 105_000 })
      const left = (await readAll(log, 'telemetry')).map((r) => r.value?.[0] ?? 0).sort((a, b) => a - b)
      expect(left.length).toBeGreaterThanOrEqual(9)
      expect(left.length).toBeLessThanOrEqual(10)
      expect(left).toEqual(Array.from({ length: left.length }, (_, index) => 20 - left.length + index))
    })

    test('nothing is removed that a group of keepFor has not committed', async () => {
      for (let index = 0; index < 6; index++) await log.append('telemetry', [record('patient', String(index))])
      const later = Date.now() + 2 * DAY_MS
      const clean = { retentionMs: DAY_MS, retentionBytes: 0, now: later, keepFor: ['recorder'] }
      expect(await log.maintain(clean)).toEqual({ removed: 0, compacted: 0 })
      let handled = 0
      const consumer = await log.consume({
        topics: ['telemetry'],
        group: 'recorder',
        commit: 'manual',
        async handler(batch) {
          handled += batch.records.length
          await batch.commit(4)
        },
      })
      await vi.waitFor(() => expect(handled).toBe(6), patience)
      await consumer.stop()
      expect(await log.maintain(clean)).toEqual({ removed: 4, compacted: 0 })
      expect((await readAll(log, 'telemetry')).map(text)).toEqual(['4', '5'])
    })
  })

  describe(`${subject.name}: closing`, () => {
    test('close waits for appends in flight, stops consumers, and refuses later calls with PW_LOG_CLOSED', async () => {
      let assigned = 0
      let revoked = 0
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        handler: nothing,
        async onRevoked(partitions) {
          revoked += partitions.length
        },
        async onAssigned(partitions) {
          assigned += partitions.length
        },
      })
      await vi.waitFor(() => expect(assigned).toBe(PARTITIONS), patience)
      const inFlight = log.append('telemetry', numbered('patient', 100))
      await log.close()
      expect(await inFlight).toHaveLength(100)
      expect(revoked).toBe(PARTITIONS)
      const closed = { code: 'PW_LOG_CLOSED' }
      await expect(log.append('telemetry', numbered('patient', 1))).rejects.toMatchObject(closed)
      await expect(log.consume({ topics: ['telemetry'], group: 'g', handler: nothing })).rejects.toMatchObject(closed)
      await expect(log.tail({ topics: ['telemetry'], handler: nothing })).rejects.toMatchObject(closed)
      await expect(log.ends('telemetry')).rejects.toMatchObject(closed)
      await expect(log.offsetAt('telemetry', 0, 0)).rejects.toMatchObject(closed)
      await expect(log.committed('g', 'telemetry')).rejects.toMatchObject(closed)
      await expect(log.maintain()).rejects.toMatchObject(closed)
      await expect(log.read('telemetry', 0, { from: 0 })[Symbol.asyncIterator]().next()).rejects.toMatchObject(closed)
      await log.close()
      expect(await readAll(await open(), 'telemetry')).toHaveLength(100)
    })
  })
}
