import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openEventLog } from '../open-event-log.ts'
import type { EventLog, LogRecord, RecordBatch, StoredRecord } from '../port.ts'
import { openEmbeddedEventLog, type EmbeddedEventLogOptions } from './embedded-event-log.ts'
import { HEADER_BYTES } from './group-codec.ts'

const PATIENCE = { timeout: 5_000, interval: 5 }
const record = (key: string, value: string): LogRecord => ({ key, headers: {}, value: Buffer.from(value) })
const text = (stored: StoredRecord): string => Buffer.from(stored.value ?? []).toString()

describe('embedded event log, faults', () => {
  let directory: string
  let handles: EventLog[]

  const openLog = async (options: Partial<EmbeddedEventLogOptions> = {}): Promise<EventLog> => {
    const log = await openEmbeddedEventLog({ directory, ...options })
    handles.push(log)
    return log
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pulsewire-log-'))
    handles = []
  })
  afterEach(async () => {
    await Promise.all(handles.map((handle) => handle.close()))
    await rm(directory, { recursive: true, force: true })
  })

  /** Flips a bit of the group that begins at `offset` of audit. */
  const damage = async (offset: number, at: number): Promise<void> => {
    const root = open({ path: directory, noSubdir: false, overlappingSync: false, maxDbs: 16 })
    const groups = root.openDB<Buffer, [string, number, number]>({ name: 'log', encoding: 'binary' })
    const bytes = Buffer.from(groups.get(['audit', 0, offset]) ?? [])
    expect(bytes.length).toBeGreaterThan(at)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await groups.put(['audit', 0, offset], bytes)
    await root.close()
  }

  test.each([
    ['body', HEADER_BYTES + 8],
    ['header', 20],
  ])('a group with a damaged %s is reported and stepped over; the others keep their offsets', async (_, at) => {
    const writer = await openLog()
    for (let index = 0; index < 3; index++)
      await writer.append('audit', [record('u', `${index}a`), record('u', `${index}b`)])
    await writer.close()
    await damage(2, at)

    const log = await openLog()
    const damaged: unknown[] = []
    const read: [number, string][] = []
    const range = { from: 0, onDamage: (error: Error, position: unknown) => void damaged.push(error, position) }
    for await (const batch of log.read('audit', 0, range))
      read.push(...batch.map((r): [number, string] => [r.offset, text(r)]))
    expect(read).toEqual([
      [0, '0a'],
      [1, '0b'],
      [4, '2a'],
      [5, '2b'],
    ])
    expect(damaged).toEqual([
      expect.objectContaining({ code: 'PW_LOG_DAMAGED' }),
      { topic: 'audit', partition: 0, offset: 2 },
    ])

    const errors: Error[] = []
    const consumed: string[] = []
    await log.consume({
      topics: ['audit'],
      group: 'g',
      maxBatchRecords: 2,
      handler: async ({ records }) => void consumed.push(...records.map(text)),
      onError: (error) => errors.push(error),
    })
    await vi.waitFor(() => expect(consumed).toEqual(['0a', '0b', '2a', '2b']), PATIENCE)
    expect(errors).toMatchObject([{ code: 'PW_LOG_DAMAGED' }])
    const [position] = await log.append('audit', [record('u', 'new')])
    expect(position?.offset).toBe(6)
    expect(await log.offsetAt('audit', 0, 0)).toBe(0)
  })

  test.each([0, 2, 4])(
    'a group that is lost altogether (at %i of 6) is reported; the others keep their offsets',
    async (offset) => {
      const writer = await openLog()
      for (let index = 0; index < 3; index++)
        await writer.append('audit', [record('u', `${index}a`), record('u', `${index}b`)])
      await writer.close()
      const root = open({ path: directory, noSubdir: false, overlappingSync: false, maxDbs: 16 })
      await root
        .openDB<Buffer, [string, number, number]>({ name: 'log', encoding: 'binary' })
        .remove(['audit', 0, offset])
      await root.close()

      const log = await openLog()
      const readFrom = async (from: number): Promise<[number[], unknown[]]> => {
        const damaged: unknown[] = []
        const read: number[] = []
        const range = { from, onDamage: (error: Error, position: unknown) => void damaged.push(error, position) }
        for await (const batch of log.read('audit', 0, range)) read.push(...batch.map((each) => each.offset))
        return [read, damaged]
      }
      expect(await readFrom(0)).toEqual([
        [0, 1, 2, 3, 4, 5].filter((each) => each !== offset && each !== offset + 1),
        [expect.objectContaining({ code: 'PW_LOG_DAMAGED' }), { topic: 'audit', partition: 0, offset }],
      ])
      expect((await readFrom(offset + 1))[1][1]).toEqual({ topic: 'audit', partition: 0, offset: offset + 1 })
      expect((await readFrom(offset + 2))[1]).toEqual([])
    },
  )

  test('at maxBytes appends are refused with PW_LOG_FULL, alarms are still taken, and retention makes room again', async () => {
    const log = await openLog({ maxBytes: 300_000 })
    const append = (topic: 'telemetry' | 'alarms'): Promise<unknown> =>
      log.append(topic, [{ key: 'patient', headers: {}, value: Buffer.alloc(10_000) }])
    let taken = 0
    const fill = async (): Promise<void> => {
      for (;;) {
        await append('telemetry')
        taken++
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'PW_LOG_FULL' })
    expect(taken).toBe(29)
    await append('alarms')
    await log.maintain({ retentionBytes: 200_000 })
    await append('telemetry')
    const ends = await log.ends('telemetry')
    expect(ends[log.partitionOf('telemetry', 'patient')]).toMatchObject({ next: 30 })
  })

  test('another partition count than the stored one is refused as configuration; without one, what is stored holds', async () => {
    const created = await openLog({ partitions: 3 })
    expect(await created.ends('telemetry')).toHaveLength(3)
    await created.close()
    await expect(openLog({ partitions: 8 })).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID' })
    await expect(openLog({ partitions: 0 })).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID' })
    expect(await (await openLog()).ends('telemetry')).toHaveLength(3)
    expect(await (await openLog({ partitions: 3 })).ends('telemetry')).toHaveLength(3)
  })

  test('a place that is no directory, or holds another file, is a clear error', async () => {
    const file = join(directory, 'file')
    await writeFile(file, 'not a directory')
    await expect(openEmbeddedEventLog({ directory: file })).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    await writeFile(join(directory, 'data.mdb'), Buffer.alloc(8_192, 'x'))
    await expect(openEmbeddedEventLog({ directory })).rejects.toMatchObject({ code: 'PW_LOG_DAMAGED' })
  })

  test('a clock that goes back does not take timestamps back', async () => {
    let now = 1_000_000
    const log = await openLog({ now: () => now })
    await log.append('audit', [record('u', 'a')])
    now = 500_000
    await log.append('audit', [record('u', 'b')])
    now = 2_000_000
    await log.append('audit', [record('u', 'c')])
    const stamps: number[] = []
    for await (const batch of log.read('audit', 0, { from: 0 })) stamps.push(...batch.map((r) => r.timestamp))
    expect(stamps).toEqual([1_000_000, 1_000_000, 2_000_000])
    expect(await log.offsetAt('audit', 0, 1_000_001)).toBe(2)
  })

  test('a member that was silent beyond its lease has lost its partitions: its commit is refused, the new owner goes on', async () => {
    const log = await openLog({ partitions: 2 })
    // This handle's clock is a minute ahead: to it, the other member's lease is over.
    const ahead = await openLog({ now: () => Date.now() + 60_000 })
    await log.append('telemetry', [record('p', '1'), record('p', '2')])
    const partition = log.partitionOf('telemetry', 'p')
    let batch: RecordBatch | undefined
    let finish: (() => void) | undefined
    const errors: Error[] = []
    await log.consume({
      topics: ['telemetry'],
      group: 'g',
      async handler(given) {
        batch = given
        await new Promise<void>((resolve) => (finish = resolve))
      },
      onError: (error) => errors.push(error),
    })
    await vi.waitFor(() => expect(batch).toBeDefined(), PATIENCE)
    const seen: string[] = []
    await ahead.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void seen.push(...records.map(text)),
    })
    await vi.waitFor(() => expect(seen).toEqual(['1', '2']), PATIENCE)
    await expect(batch?.commit(1)).rejects.toMatchObject({ code: 'PW_CONFLICT' })
    finish?.()
    await vi.waitFor(async () => {
      expect(await log.committed('g', 'telemetry')).toEqual([{ topic: 'telemetry', partition, offset: 2 }])
    }, PATIENCE)
  })

  test('compaction and retention move on while others append, and take many transactions', async () => {
    const log = await openLog({ partitions: 1 })
    for (let index = 0; index < 150; index++) await log.append('telemetry', [record('p', String(index))])
    const appends: Promise<unknown>[] = []
    for (let index = 0; index < 200; index++) {
      appends.push(log.append('registry', [record(`k${index % 10}`, String(index))]))
      if (index % 20 === 0) await appends.at(-1)
    }
    const appending = Promise.all(appends)
    const { removed } = await log.maintain({ retentionBytes: 0 })
    await appending
    expect(removed).toBe(150)
    await log.maintain()
    const left: string[] = []
    for await (const batch of log.read('registry', 0, { from: 0 })) left.push(...batch.map(text))
    expect(left).toEqual(Array.from({ length: 10 }, (_, index) => String(190 + index)))
  })

  test('openEventLog opens what the configuration names', async () => {
    const memory = await openEventLog({ kind: 'memory', partitions: 2 })
    const embedded = await openEventLog({ kind: 'embedded', directory, partitions: 2 })
    handles.push(memory, embedded)
    for (const log of [memory, embedded]) {
      expect(await log.append('alarms', [record('p', '1')])).toEqual([
        { topic: 'alarms', partition: log.partitionOf('alarms', 'p'), offset: 0 },
      ])
    }
    expect(memory.partitionOf('alarms', 'p')).toBe(embedded.partitionOf('alarms', 'p'))
  })
})
