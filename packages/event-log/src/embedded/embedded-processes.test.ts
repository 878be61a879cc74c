import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EventLog, StoredRecord } from '../port.ts'
import { spawnWorker, type Worker } from '../testing/spawn-worker.ts'
import { openEmbeddedEventLog } from './embedded-event-log.ts'

const PATIENCE = { timeout: 10_000, interval: 10 }

interface Ack {
  readonly key: string
  readonly index: number
  readonly partition: number
  readonly offset: number
}

const acksOf = (worker: Worker): Ack[] =>
  worker.lines
    .filter((line) => line.startsWith('ack '))
    .map((line) => line.split(' '))
    .map(([, key, index, partition, offset]) => ({
      key: key ?? '',
      index: Number(index),
      partition: Number(partition),
      offset: Number(offset),
    }))

async function readAll(log: EventLog, onDamage: (error: Error) => void): Promise<Map<string, StoredRecord>> {
  const all = new Map<string, StoredRecord>()
  for (const { partition } of await log.ends('telemetry')) {
    for await (const batch of log.read('telemetry', partition, { from: 0, onDamage })) {
      for (const record of batch) all.set(`${record.partition}/${record.offset}`, record)
    }
  }
  return all
}

describe('embedded event log, several processes', () => {
  let directory: string
  let workers: Worker[]
  let log: EventLog

  const start = (args: string[], before?: string): Worker => {
    const worker = spawnWorker(args, before)
    workers.push(worker)
    return worker
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pulsewire-log-'))
    workers = []
    log = await openEmbeddedEventLog({ directory, partitions: 4 })
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')))
    await log.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Every acknowledged record is where it was said to be, and each sender's records are in its order, none twice. */
  const verify = async (senders: readonly Worker[]): Promise<number> => {
    const damage: Error[] = []
    const stored = await readAll(log, (error) => damage.push(error))
    let acked = 0
    for (const sender of senders) {
      for (const { key, index, partition, offset } of acksOf(sender)) {
        expect(stored.get(`${partition}/${offset}`)).toMatchObject({ key, headers: { index: String(index) } })
        acked++
      }
    }
    const last = new Map<string, number>()
    for (const { key, headers } of stored.values()) {
      const index = Number(headers['index'])
      expect(index).toBeGreaterThan(last.get(key) ?? -1)
      last.set(key, index)
    }
    for (const { partition, next } of await log.ends('telemetry')) {
      expect([...stored.values()].filter((record) => record.partition === partition)).toHaveLength(next)
    }
    expect(damage).toEqual([])
    return acked
  }

  test('kill -9 at random moments, while another process goes on appending: every acknowledged record is there', async () => {
    const steady = start(['append', directory, 'steady'])
    const victims: Worker[] = []
    for (let round = 0; round < 5; round++) {
      const victim = start(['append', directory, `victim${round}`])
      victims.push(victim)
      const moment = 20 + Math.floor(Math.random() * 400)
      await vi.waitFor(() => expect(acksOf(victim).length).toBeGreaterThan(moment), PATIENCE)
      await victim.end('SIGKILL')
    }
    const before = acksOf(steady).length
    await vi.waitFor(() => expect(acksOf(steady).length).toBeGreaterThan(before + 50), PATIENCE)
    await steady.end('SIGKILL')
    expect(await verify([steady, ...victims])).toBeGreaterThan(150)
  })

  test('a tail sees what another process appends, soon and in order', async () => {
    const seen: StoredRecord[] = []
    const ages: number[] = []
    await log.tail({
      topics: ['telemetry'],
      handler({ records }) {
        seen.push(...records)
        ages.push(...records.map((record) => Date.now() - record.timestamp))
      },
    })
    const sender = start(['append', directory, 'other'])
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(500), PATIENCE)
    await sender.end('SIGKILL')
    const lane = seen.filter((record) => record.key === 'other-0').map((record) => Number(record.headers['index']))
    expect(lane).toEqual(Array.from({ length: lane.length }, (_, index) => index))
    expect(ages.sort((a, b) => a - b)[Math.floor(ages.length / 2)]).toBeLessThan(100)
  })

  test('members in two processes share the partitions; when one is killed, the other has all at once, and misses nothing', async () => {
    const other = start(['consume', directory, 'g'])
    await vi.waitFor(() => expect(other.lines).toContain('assigned 0,1,2,3'), PATIENCE)
    const seen: StoredRecord[] = []
    const consumer = await log.consume({
      topics: ['telemetry'],
      group: 'g',
      handler: async ({ records }) => void seen.push(...records),
    })
    await vi.waitFor(() => expect(consumer.assigned).toHaveLength(2), PATIENCE)
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
    const send = (index: number): Promise<unknown> =>
      log.append(
        'telemetry',
        keys.map((key) => ({ key, headers: { index: String(index) }, value: null })),
      )
    await send(0)
    const got = (index: number): Set<string> =>
      new Set([
        ...seen.filter((record) => record.headers['index'] === String(index)).map((record) => record.key),
        ...other.lines
          .filter((line) => line.startsWith('got ') && line.endsWith(` ${index}`))
          .map((line) => line.split(' ')[1] ?? ''),
      ])
    await vi.waitFor(() => expect(got(0).size).toBe(keys.length), PATIENCE)
    await other.end('SIGKILL')
    const killedAt = performance.now()
    await send(1)
    await vi.waitFor(() => expect(consumer.assigned).toHaveLength(4), PATIENCE)
    // Far below the lease of 10 s: a dead process is seen.
    expect(performance.now() - killedAt).toBeLessThan(3_000)
    await vi.waitFor(() => expect(got(1).size).toBe(keys.length), PATIENCE)
  })

  test('a member that leaves in order hands over its partitions', async () => {
    const other = start(['consume', directory, 'g'])
    await vi.waitFor(() => expect(other.lines).toContain('assigned 0,1,2,3'), PATIENCE)
    await vi.waitFor(() => expect(other.lines).toContain('ready'), PATIENCE)
    await other.end('SIGTERM')
    expect(other.lines.at(-1)).toBe('revoked 0,1,2,3')
    const consumer = await log.consume({ topics: ['telemetry'], group: 'g', handler: async () => undefined })
    expect(consumer.assigned).toEqual([0, 1, 2, 3])
  })

  test.skipIf(process.platform !== 'linux')(
    'the disk takes no more: appends fail with a transient code, and go on by themselves when there is space again; nothing acknowledged is lost',
    async () => {
      // A limit on the file's size makes LMDB's writes fail as a full disk does.
      const sender = start(['append', directory, 'limited'], "trap '' XFSZ; ulimit -S -f 1024")
      await vi.waitFor(() => expect(sender.lines.join('\n')).toMatch(/failed PW_LOG_(FULL|UNAVAILABLE)/), PATIENCE)
      const acked = acksOf(sender).length
      expect(acked).toBeGreaterThan(0)
      execFileSync('prlimit', ['--pid', String(sender.pid), '--fsize=unlimited'])
      await vi.waitFor(() => expect(acksOf(sender).length).toBeGreaterThan(acked + 100), PATIENCE)
      await sender.end('SIGKILL')
      await verify([sender])
    },
  )
})
