import type { LogTopic } from '@pulsewire/contracts'
import { describe, expect, test, vi } from 'vitest'
import { createMemoryStorage } from '../memory/memory-event-log.ts'
import { startPump } from './partition-pump.ts'
import type { LogStorage } from './storage.ts'

const PATIENCE = { timeout: 5_000, interval: 5 }
const record = { key: 'p', headers: {}, value: null }
const TOPICS = ['audit', 'alarms'] as const
const onError = (error: Error): never => {
  throw error
}

/** A memory log of one partition that tells which topics were read. */
function watchedStorage(): { storage: LogStorage; reads: LogTopic[] } {
  const memory = createMemoryStorage({ partitions: 1 })
  const reads: LogTopic[] = []
  const read: LogStorage['read'] = (topic, ...rest) => {
    reads.push(topic)
    return memory.read(topic, ...rest)
  }
  return { storage: { ...memory, read }, reads }
}

describe('a pump', () => {
  test('reads again only where something was appended', async () => {
    const { storage, reads } = watchedStorage()
    const delivered: string[] = []
    const pump = startPump(storage, {
      start: TOPICS.map((topic) => ({ topic, partition: 0, offset: 0 })),
      maxBatchRecords: 10,
      deliver: async (topic, _partition, { records }) => void delivered.push(`${topic} ${records.length}`),
      onError,
    })
    await vi.waitFor(() => expect(reads).toEqual(['audit', 'alarms']), PATIENCE)
    await storage.append('alarms', [record, record])
    await vi.waitFor(() => expect(delivered).toEqual(['alarms 2']), PATIENCE)
    await storage.append('audit', [record])
    await vi.waitFor(() => expect(delivered).toEqual(['alarms 2', 'audit 1']), PATIENCE)
    expect(reads).toEqual(['audit', 'alarms', 'alarms', 'audit'])
    await pump.stop()
  })

  test('reads what was appended before a batch that had failed was given again', async () => {
    const { storage } = watchedStorage()
    const offsets: number[] = []
    let fails = true
    const pump = startPump(storage, {
      start: [{ topic: 'audit', partition: 0, offset: 0 }],
      maxBatchRecords: 2,
      deliver: async (_topic, _partition, { records }) => {
        if (fails) {
          fails = false
          await storage.append('audit', [record])
          throw new Error('not now')
        }
        offsets.push(...records.map(({ offset }) => offset))
      },
      onError: () => undefined,
    })
    await storage.append('audit', [record])
    await vi.waitFor(() => expect(offsets).toEqual([0, 1]), PATIENCE)
    await pump.stop()
  })

  test('misses nothing of what is appended while it delivers, nor of what one batch does not hold', async () => {
    const { storage } = watchedStorage()
    const offsets: number[] = []
    const pump = startPump(storage, {
      start: [{ topic: 'audit', partition: 0, offset: 0 }],
      maxBatchRecords: 2,
      deliver: async (_topic, _partition, { records }) => {
        offsets.push(...records.map(({ offset }) => offset))
        if (offsets.length < 20) await storage.append('audit', [record, record, record])
        await new Promise((resolve) => setTimeout(resolve, 1))
      },
      onError,
    })
    await storage.append('audit', [record])
    await vi.waitFor(async () => expect(offsets).toHaveLength((await storage.ends('audit', 0)).next), PATIENCE)
    expect(offsets).toEqual(offsets.map((_, index) => index))
    await pump.stop()
  })
})
