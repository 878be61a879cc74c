import { createSilentLogger } from '@pulsewire/runtime'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startLogKeeper } from './log-keeper.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('keeps what the configuration says, and whatever somebody has yet to read; a failure is told and got over', async () => {
  const asked: unknown[] = []
  let fails = false
  const log = {
    maintain: async (options: unknown) => {
      asked.push(options)
      if (fails) throw new Error('the log is away')
      return { removed: 0, compacted: 0 }
    },
  }
  const config = { PULSEWIRE_RETENTION_HOURS: 2, PULSEWIRE_RETENTION_BYTES: 1_000 }
  const keeper = startLogKeeper({ log, logger: createSilentLogger(), config })
  await vi.advanceTimersByTimeAsync(60_000)
  const keepFor = ['recorder', 'detector', 'alarm-manager']
  expect(asked).toEqual([{ retentionMs: 7_200_000, retentionBytes: 1_000, keepFor }])
  expect(keeper.health().ok).toBe(true)
  fails = true
  await vi.advanceTimersByTimeAsync(60_000)
  expect(keeper.health()).toEqual({ ok: false, detail: 'the log is away' })
  fails = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(keeper.health().ok).toBe(true)
  await keeper.stop()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked).toHaveLength(3)
})

it('stops, also while a log that is away does not answer', async () => {
  const log = { maintain: () => new Promise<never>(() => undefined) }
  const config = { PULSEWIRE_RETENTION_HOURS: 2, PULSEWIRE_RETENTION_BYTES: 1_000 }
  const keeper = startLogKeeper({ log, logger: createSilentLogger(), config })
  await vi.advanceTimersByTimeAsync(60_000)
  let stopped = false
  void keeper.stop().then(() => (stopped = true))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(stopped).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})
