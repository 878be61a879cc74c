import { errorCodeOf, PulsewireError } from '@pulsewire/contracts'
import { describe, expect, test, vi } from 'vitest'
import { createMemoryStorage } from '../memory/memory-event-log.ts'
import { createEventLog } from './event-log.ts'
import type { GroupStorage, LogStorage } from './storage.ts'

/** A memory log whose groups behave as told. */
function storageWith(change: (groups: GroupStorage) => Partial<GroupStorage>): LogStorage {
  const storage = createMemoryStorage({ partitions: 1 })
  return { ...storage, groups: { ...storage.groups, ...change(storage.groups) } }
}

const PATIENCE = { timeout: 5_000, interval: 5 }
const full = new PulsewireError('PW_LOG_FULL')

describe('consumer, faults', () => {
  test('a commit that fails is tried again by itself, without a further batch', async () => {
    let failures = 2
    const storage = storageWith((groups) => ({
      async commit(...args) {
        if (failures-- > 0) throw full
        await groups.commit(...args)
      },
    }))
    const log = createEventLog(storage)
    const errors: Error[] = []
    let handled = 0
    await log.append('audit', [{ key: 'u', headers: {}, value: null }])
    await log.consume({
      topics: ['audit'],
      group: 'g',
      handler: async ({ records }) => void (handled += records.length),
      onError: (error) => errors.push(error),
    })
    await vi.waitFor(async () => {
      expect(await log.committed('g', 'audit')).toEqual([{ topic: 'audit', partition: 0, offset: 1 }])
    }, PATIENCE)
    expect({ handled, errors }).toEqual({ handled: 1, errors: [full, full] })
    await log.close()
  })

  test('an onAssigned that fails is asked again; nothing is handled before', async () => {
    const log = createEventLog(createMemoryStorage({ partitions: 1 }))
    const steps: string[] = []
    await log.append('audit', [{ key: 'u', headers: {}, value: null }])
    await log.consume({
      topics: ['audit'],
      group: 'g',
      handler: async () => void steps.push('handled'),
      async onAssigned() {
        steps.push('asked')
        if (steps.length === 1) throw new Error('snapshot not there yet')
      },
      onError: (error) => steps.push(error.message),
    })
    await vi.waitFor(() => expect(steps).toEqual(['asked', 'snapshot not there yet', 'asked', 'handled']), PATIENCE)
    await log.close()
  })

  test('a log that cannot be reached for a while is reported, and the member goes on afterwards', async () => {
    let down = false
    const storage = storageWith((groups) => ({
      async round(membership) {
        if (down) throw new PulsewireError('PW_LOG_UNAVAILABLE')
        return groups.round(membership)
      },
    }))
    const log = createEventLog(storage)
    const errors: Error[] = []
    const options = { topics: ['telemetry'], group: 'g', handler: async () => undefined } as const
    const consumer = await log.consume({ ...options, onError: (error) => errors.push(error) })
    expect(consumer.assigned).toEqual([0])
    down = true
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), PATIENCE)
    expect(consumer.assigned).toEqual([0])
    down = false
    await consumer.stop()
    const next = await log.consume(options)
    expect(next.assigned).toEqual([0])
    await log.close()
  })

  test('a read that fails is tried again by itself, without a further append', async () => {
    const storage = createMemoryStorage({ partitions: 1 })
    let failures = 2
    const log = createEventLog({
      ...storage,
      read(...args) {
        if (failures-- > 0) throw full
        return storage.read(...args)
      },
    })
    const errors: Error[] = []
    let tailed = 0
    await log.append('audit', [{ key: 'u', headers: {}, value: null }])
    await log.tail({
      topics: ['audit'],
      from: [{ topic: 'audit', partition: 0, offset: 0 }],
      handler: ({ records }) => void (tailed += records.length),
      onError: (error) => errors.push(error),
    })
    await vi.waitFor(() => expect(tailed).toBe(1), PATIENCE)
    expect(errors).toEqual([full, full])
    await log.close()
  })

  test('stop does not wait for a log that does not answer; what was not committed is told', async () => {
    const never = (): Promise<never> => new Promise(() => undefined)
    const storage = storageWith(() => ({ commit: never, leave: never }))
    const log = createEventLog(storage)
    const errors: Error[] = []
    const revoked: number[] = []
    let handled = 0
    await log.append('audit', [{ key: 'u', headers: {}, value: null }])
    const consumer = await log.consume({
      topics: ['audit'],
      group: 'g',
      handler: async ({ records }) => void (handled += records.length),
      onRevoked: async (partitions) => void revoked.push(...partitions),
      onError: (error) => errors.push(error),
    })
    await vi.waitFor(() => expect(handled).toBe(1), PATIENCE)
    const began = performance.now()
    await consumer.stop()
    expect(performance.now() - began).toBeLessThan(2_500)
    expect(revoked).toEqual([0])
    expect(errors.map(errorCodeOf)).toContain('PW_LOG_UNAVAILABLE')
    await log.close()
  })

  test('stop does not wait for a log that does not say where partitions begin', async () => {
    const storage = createMemoryStorage({ partitions: 1 })
    const never = (): Promise<never> => new Promise(() => undefined)
    const log = createEventLog({ ...storage, ends: never })
    const handler = async (): Promise<void> => undefined
    const asking = await log.consume({ topics: ['audit'], group: 'a', handler })
    const preparing = await log.consume({ topics: ['audit'], group: 'b', handler, onAssigned: never })
    const began = performance.now()
    await Promise.all([asking.stop(), preparing.stop()])
    expect(performance.now() - began).toBeLessThan(2_500)
    await log.close()
  })

  test('a partition that is lost and given again during onAssigned: the second onAssigned begins after the first has ended and was revoked', async () => {
    let epoch = 1
    let rounds = 0
    const storage = storageWith(() => ({
      intervalMs: 2,
      async round() {
        rounds++
        return { owned: new Map([[0, epoch]]), excess: [] }
      },
    }))
    const log = createEventLog(storage)
    const steps: string[] = []
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    await log.append('audit', [{ key: 'u', headers: {}, value: null }])
    const consumer = await log.consume({
      topics: ['audit'],
      group: 'g',
      commit: 'manual',
      handler: async () => void steps.push('handled'),
      async onAssigned() {
        steps.push('asked')
        await gate
        steps.push('assigned')
      },
      onRevoked: async () => void steps.push('revoked'),
    })
    await vi.waitFor(() => expect(steps).toEqual(['asked']), PATIENCE)
    epoch = 2
    const at = rounds
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(at + 5), PATIENCE)
    expect(consumer.assigned).toEqual([])
    open()
    await vi.waitFor(() => expect(steps).toContain('handled'), PATIENCE)
    expect(steps).toEqual(['asked', 'assigned', 'revoked', 'asked', 'assigned', 'handled'])
    await log.close()
  })
})
