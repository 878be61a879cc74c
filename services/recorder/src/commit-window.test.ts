import { describe, expect, it, vi } from 'vitest'
import { createCommitWindow } from './commit-window.ts'
import type { RecordUnit } from './unit.ts'

const unit = (offset: number): RecordUnit => ({
  record: { topic: 'telemetry', partition: 0, offset, key: 'p', headers: {}, value: null, timestamp: 0 },
})

describe('commit window', () => {
  it('goes on writing what gathered during a write that took longer than the window', async () => {
    const writes: number[] = []
    let finish: (() => void)[] = []
    const window = createCommitWindow({
      windowMs: 1,
      fullAt: 100,
      write: async (units) => {
        writes.push(units.length)
        await new Promise<void>((resolve) => finish.push(resolve))
      },
    })
    const first = window.submit([unit(0)])
    await vi.waitFor(() => expect(writes).toEqual([1]))
    const second = window.submit([unit(1)])
    // The timer of the second fires while the first is still being written.
    await new Promise((resolve) => setTimeout(resolve, 10))
    const third = window.submit([unit(2)])
    for (const each of finish.splice(0)) each()
    await first
    await vi.waitFor(() => expect(writes).toEqual([1, 2]))
    for (const each of finish.splice(0)) each()
    await Promise.all([second, third])
    expect(window.waiting).toBe(0)
    finish = []
  })

  it('writes nothing of who may not any more, and all of the others', async () => {
    const written: number[] = []
    const window = createCommitWindow({
      windowMs: 1,
      fullAt: 100,
      write: async (units) => void written.push(...units.map(({ record }) => record.offset)),
    })
    const lost = window.submit([unit(1)], async () => Promise.reject(new Error('another owner')))
    const ours = window.submit([unit(2)], async () => undefined)
    await expect(lost).rejects.toThrow('another owner')
    await ours
    expect(written).toEqual([2])
    expect(window.waiting).toBe(0)
  })

  it('asks all again where one check took long: what the first said may be over by then', async () => {
    const written: number[] = []
    const window = createCommitWindow({
      windowMs: 1,
      fullAt: 100,
      checkWithinMs: 20,
      write: async (units) => void written.push(...units.map(({ record }) => record.offset)),
    })
    let isOurs = true
    const lost = window.submit([unit(1)], async () => {
      if (!isOurs) throw new Error('another owner')
    })
    const slow = window.submit([unit(2)], async () => {
      if (isOurs) await new Promise((resolve) => setTimeout(resolve, 40))
      isOurs = false
    })
    await expect(lost).rejects.toThrow('another owner')
    await slow
    expect(written).toEqual([2])
  })

  it('tells who handed units in of a write that failed', async () => {
    const window = createCommitWindow({
      windowMs: 1,
      fullAt: 100,
      write: async () => Promise.reject(new Error('down')),
    })
    await expect(window.submit([unit(0)])).rejects.toThrow('down')
    await vi.waitFor(() => expect(window.waiting).toBe(0))
  })
})
