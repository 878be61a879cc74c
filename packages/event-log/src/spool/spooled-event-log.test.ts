import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import { open } from 'lmdb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EventLog, LogRecord, StoredRecord } from '../port.ts'
import { createSwitchedLog, type SwitchedLog } from '../testing/switched-log.ts'
import { openSpooledEventLog, type SpooledEventLog, type SpooledEventLogOptions } from './spooled-event-log.ts'

const PATIENCE = { timeout: 5_000, interval: 5 }
const QUICK = { openWithinMs: 300, appendWithinMs: 300, headWithinMs: 300, retryMinMs: 5, retryMaxMs: 20 }
const record = (key: string, value: string, headers: Record<string, string> = {}): LogRecord => ({
  key,
  headers,
  value: Buffer.from(value),
})
const text = ({ value }: Pick<StoredRecord, 'value'>): string => Buffer.from(value ?? []).toString()
const texts = (records: readonly StoredRecord[]): string[] => records.map(text)

let directory: string
let primary: SwitchedLog
let opened: SpooledEventLog[]
let errors: Error[]
let reachable: boolean[]

const openSpool = async (options: Partial<SpooledEventLogOptions> = {}): Promise<SpooledEventLog> => {
  const log = await openSpooledEventLog({
    open: async () => {
      if (primary.condition !== 'up') throw new PulsewireError('PW_LOG_UNAVAILABLE', 'not there')
      return primary.log
    },
    directory,
    maxBytes: 1_000_000,
    onError: (error) => errors.push(error),
    onRegistryReachable: (now) => reachable.push(now),
    limits: QUICK,
    ...options,
  })
  opened.push(log)
  return log
}
const reopen = async (log: SpooledEventLog): Promise<SpooledEventLog> => {
  await log.close()
  return openSpool()
}
const drained = (log: SpooledEventLog): Promise<void> =>
  vi.waitFor(() => expect([log.spool.spooling, log.spool.waiting]).toEqual([false, 0]), PATIENCE)

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-spool-'))
  primary = createSwitchedLog()
  opened = []
  errors = []
  reachable = []
})
afterEach(async () => {
  primary.condition = 'up'
  await Promise.all(opened.map((log) => log.close()))
  await rm(directory, { recursive: true, force: true })
})

describe('appends', () => {
  test('go straight into the log while it takes them, with their positions', async () => {
    const log = await openSpool()
    expect(await log.append('telemetry', [record('p', 'a'), record('p', 'b')])).toMatchObject([
      { topic: 'telemetry', offset: 0 },
      { topic: 'telemetry', offset: 1 },
    ])
    expect(log.spool).toMatchObject({ spooling: false, waiting: 0, waitingUplink: 0, oldestAt: undefined })
  })

  test.each(['refuse', 'hang', 'unconfirmed'] as const)(
    'are durable in the spool while the log would %s, and go into it in order with their headers when it is back',
    async (condition) => {
      const log = await openSpool()
      await log.append('telemetry', [record('p', '1', { receivedAt: '1' })])
      primary.condition = condition
      for (const n of [2, 3, 4]) {
        expect(await log.append('telemetry', [record('p', String(n), { receivedAt: String(n) })])).toEqual([])
      }
      await log.append('quarantine', [record('d', 'bad', { reason: 'r' })])
      await log.append('device-commands', [record('d', 'ack')])
      expect(log.spool).toMatchObject({ spooling: true, waiting: 5, waitingUplink: 4 })
      expect(Date.now() - (log.spool.oldestAt ?? 0)).toBeLessThan(5_000)
      primary.condition = 'up'
      await drained(log)
      const stored = await primary.stored('telemetry')
      expect([...new Set(texts(stored))]).toEqual(['1', '2', '3', '4'])
      expect(stored.map(({ headers }) => headers['receivedAt'])).toEqual(texts(stored))
      expect([...new Set(texts(await primary.stored('quarantine')))]).toEqual(['bad'])
      expect((await primary.stored('quarantine'))[0]?.headers).toEqual({ reason: 'r' })
      expect([...new Set(texts(await primary.stored('device-commands')))]).toEqual(['ack'])
      expect(await log.append('telemetry', [record('p', '5')])).toHaveLength(1)
      expect(log.spool.bytes).toBe(0)
    },
  )

  test('do not overtake what is in the spool, however fast they come while it drains', async () => {
    const log = await openSpool()
    primary.condition = 'refuse'
    const wanted: string[] = []
    for (let n = 0; n < 90; n++) {
      wanted.push(String(n))
      await log.append('telemetry', [record('p', String(n))])
      if (n === 50) primary.condition = 'up'
    }
    await drained(log)
    for (let n = 90; n < 100; n++) {
      wanted.push(String(n))
      await log.append('telemetry', [record('p', String(n))])
    }
    expect(texts(await primary.stored('telemetry'))).toEqual(wanted)
  })

  test('drain over a line that is too slow for large portions', async () => {
    /** 1 MB/s: what is asked for first does not get there in time. */
    const slow: EventLog = {
      ...primary.log,
      append: async (topic, records) => {
        const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
        await new Promise((resolve) => setTimeout(resolve, bytes / 1_000))
        return primary.log.append(topic, records)
      },
    }
    primary.condition = 'refuse'
    const log = await openSpool({
      open: async () => {
        if (primary.condition !== 'up') throw new PulsewireError('PW_LOG_UNAVAILABLE', 'not there')
        return slow
      },
    })
    const sent = Array.from({ length: 80 }, (_, n) => String(n).padEnd(10_000, '.'))
    for (const value of sent) await log.append('telemetry', [record('p', value)])
    primary.condition = 'up'
    await vi.waitFor(() => expect(log.spool.waiting).toBe(0), { timeout: 15_000, interval: 20 })
    expect([...new Set(texts(await primary.stored('telemetry')))]).toEqual(sent)
  })

  test('to other topics are the log’s own, and wait for nobody', async () => {
    const log = await openSpool()
    expect(await log.append('findings', [record('p', 'x')])).toHaveLength(1)
    primary.condition = 'refuse'
    await expect(log.append('findings', [record('p', 'x')])).rejects.toMatchObject({ code: 'PW_LOG_UNAVAILABLE' })
    expect(log.spool.waiting).toBe(0)
  })

  test('a record that no log takes is refused, and nothing goes over to the spool for it', async () => {
    const log = await openSpool()
    const large = { key: 'p', headers: {}, value: Buffer.alloc(2_000_000) }
    await expect(log.append('telemetry', [large])).rejects.toMatchObject({ code: 'PW_RECORD_TOO_LARGE' })
    expect(log.spool.spooling).toBe(false)
  })

  test('are refused with PW_LOG_FULL when the spool is full, nothing of it is lost, and it goes on when there is room', async () => {
    const log = await openSpool({ maxBytes: 50_000 })
    primary.condition = 'refuse'
    const taken: string[] = []
    const fill = async (): Promise<void> => {
      for (let n = 0; ; n++) {
        await log.append('telemetry', [record('p', `${n}`.padEnd(1_000, '.'))])
        taken.push(`${n}`.padEnd(1_000, '.'))
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'PW_LOG_FULL' })
    expect(taken.length).toBeGreaterThan(40)
    expect(log.spool.bytes).toBeLessThanOrEqual(50_000)
    primary.condition = 'up'
    await drained(log)
    expect(texts(await primary.stored('telemetry'))).toEqual(taken)
    primary.condition = 'refuse'
    await log.append('telemetry', [record('p', 'room again')])
  })

  test('ask nothing of a log that hangs but one append a topic: nothing piles up in it', async () => {
    const log = await openSpool()
    primary.condition = 'hang'
    for (let n = 0; n < 20; n++) await log.append('telemetry', [record('p', String(n))])
    // The drain has tried, and found the first one still unanswered.
    await vi.waitFor(() => expect(errors.map(String).join()).toContain('before this'), PATIENCE)
    expect(primary.appends).toBe(1)
  })
})

describe('a restart', () => {
  test('finds what waits, in order, and drains it', async () => {
    let log = await openSpool()
    primary.condition = 'refuse'
    for (const n of ['1', '2']) await log.append('telemetry', [record('p', n)])
    await log.append('device-commands', [record('d', 'ack')])
    log = await reopen(log)
    expect(log.spool).toMatchObject({ spooling: true, waiting: 3, waitingUplink: 2 })
    await log.append('telemetry', [record('p', '3')])
    primary.condition = 'up'
    await drained(log)
    expect([...new Set(texts(await primary.stored('telemetry')))]).toEqual(['1', '2', '3'])
  })

  test('works without the log, and uses it when it comes', async () => {
    primary.condition = 'refuse'
    const log = await openSpool()
    await log.append('telemetry', [record('p', '1')])
    expect(log.spool).toMatchObject({ spooling: true, waiting: 1 })
    primary.condition = 'up'
    await drained(log)
    expect(texts(await primary.stored('telemetry'))).toEqual(['1'])
  })

  test('with a configuration that the log refuses fails, and says why', async () => {
    const failing = openSpool({
      open: () => Promise.reject(new PulsewireError('PW_CONFIG_INVALID', 'other partitions')),
    })
    await expect(failing).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID', message: 'other partitions' })
  })
})

describe('a damaged record of the spool', () => {
  test.each([0, 1, 2])('(group %i of 3) is reported and stepped over; the others arrive', async (index) => {
    const log = await openSpool()
    primary.condition = 'refuse'
    for (const n of ['0', '1', '2']) await log.append('telemetry', [record('p', n)])
    await log.close()
    const root = open({ path: join(directory, 'queue'), noSubdir: false, overlappingSync: false, maxDbs: 16 })
    const groups = root.openDB<Buffer, [string, number, number]>({ name: 'log', encoding: 'binary' })
    const bytes = Buffer.from(groups.get(['telemetry', 0, index]) ?? [])
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await groups.put(['telemetry', 0, index], bytes)
    await root.close()

    const again = await openSpool()
    primary.condition = 'up'
    await drained(again)
    expect(texts(await primary.stored('telemetry'))).toEqual(['0', '1', '2'].filter((n) => n !== String(index)))
    expect(errors.filter((error) => error instanceof PulsewireError && error.code === 'PW_LOG_DAMAGED')).toHaveLength(1)
    expect(again.spool.waitingUplink).toBe(0)
  })
})

describe('the registry', () => {
  const change = async (key: string): Promise<void> => {
    await primary.log.append('registry', [record(key, key)])
  }
  /** What a view of the registry would know after it has caught up. */
  const known = async (log: EventLog): Promise<string[]> => {
    const [end] = await log.ends('registry')
    const keys: string[] = []
    for await (const batch of log.read('registry', 0, { from: 0, to: end?.next ?? 0 })) keys.push(...texts(batch))
    return keys
  }

  test('is as the log has it at the moment of the question, while the log can be reached', async () => {
    const log = await openSpool()
    for (const key of ['a', 'b', 'c']) {
      await change(key)
      expect((await known(log)).at(-1)).toBe(key)
    }
    expect(log.spool).toMatchObject({ registryReachable: true })
  })

  test.each(['refuse', 'hang'] as const)(
    'is the last known one while the log would %s, is told to be so, and is brought up to date afterwards',
    async (condition) => {
      const log = await openSpool()
      await change('a')
      expect(await known(log)).toEqual(['a'])
      primary.condition = condition
      expect(await known(log)).toEqual(['a'])
      expect(log.spool.registryReachable).toBe(false)
      const asked = performance.now()
      for (let n = 0; n < 50; n++) await log.ends('registry')
      expect(performance.now() - asked).toBeLessThan(50 * QUICK.headWithinMs)
      primary.condition = 'up'
      await change('b')
      await vi.waitFor(() => expect(log.spool.registryReachable).toBe(true), PATIENCE)
      expect(await known(log)).toEqual(['a', 'b'])
      expect(reachable).toEqual([false, true])
    },
  )

  test('is there after a restart without the log', async () => {
    await change('a')
    let log = await openSpool()
    await known(log)
    primary.condition = 'refuse'
    log = await reopen(log)
    expect(await known(log)).toEqual(['a'])
    expect(Date.now() - (log.spool.registryAsOf ?? 0)).toBeLessThan(10_000)
  })

  test('that was never copied is not taken for an empty one', async () => {
    primary.condition = 'refuse'
    const log = await openSpool()
    await expect(log.ends('registry')).rejects.toMatchObject({ code: 'PW_REGISTRY_BEHIND' })
    primary.condition = 'up'
    await change('a')
    await vi.waitFor(async () => expect(await known(log)).toEqual(['a']), PATIENCE)
  })

  test('of another log is not mixed with the copy: it is made anew', async () => {
    for (const key of ['a', 'b']) await change(key)
    let log = await openSpool()
    expect(await known(log)).toEqual(['a', 'b'])
    await log.close()
    primary = createSwitchedLog()
    for (const key of ['x', 'y', 'z']) await change(key)
    log = await openSpool()
    await vi.waitFor(async () => expect(await known(log)).toEqual(['x', 'y', 'z']), PATIENCE)
    expect(errors).toMatchObject([{ code: 'PW_LOG_DAMAGED' }])
  })

  test('of another log, met later, is not mixed with the copy either: it stays as it is until the next start', async () => {
    for (const key of ['a', 'b']) await change(key)
    let log = await openSpool()
    await log.close()
    primary = createSwitchedLog()
    for (const key of ['x', 'y', 'z']) await change(key)
    primary.condition = 'refuse'
    log = await openSpool()
    primary.condition = 'up'
    await vi.waitFor(() => expect(errors).toContainEqual(expect.objectContaining({ code: 'PW_LOG_DAMAGED' })), PATIENCE)
    expect(await known(log)).toEqual(['a', 'b'])
    expect(log.spool.registryReachable).toBe(false)
    log = await reopen(log)
    await vi.waitFor(async () => expect(await known(log)).toEqual(['x', 'y', 'z']), PATIENCE)
  })

  test('is followed by a tail, as the log’s own would be', async () => {
    const log = await openSpool()
    const heard: string[] = []
    const tail = await log.tail({
      topics: ['registry'],
      from: [{ topic: 'registry', partition: 0, offset: 0 }],
      handler: ({ records }) => void heard.push(...texts(records)),
    })
    await change('a')
    await change('b')
    await vi.waitFor(() => expect(heard).toEqual(['a', 'b']), PATIENCE)
    await tail.stop()
  })
})
