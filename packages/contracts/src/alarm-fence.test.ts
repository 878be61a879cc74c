import { expect, it } from 'vitest'
import { createAlarmFence, takeoverKey } from './alarm-fence.ts'

const event = (offset: number, epoch?: number) => ({
  partition: 0,
  offset,
  headers: epoch === undefined ? {} : { epoch: String(epoch) },
  value: new Uint8Array([1]),
})
const takeover = (offset: number) => ({ partition: 0, offset, headers: { takeover: '1' }, value: null })

it('events of a writer whose partition was taken over do not count, however many there are', () => {
  const fence = createAlarmFence()
  const read = [event(0), takeover(1), event(2, 1), takeover(3), event(4, 1), event(5, 3), event(6, 1), event(7)]
  expect(read.map((record) => fence.admits(record))).toEqual([true, false, true, false, false, true, false, false])
})

it('each partition has writers of its own', () => {
  const fence = createAlarmFence()
  fence.admits(takeover(9))
  expect(fence.admits({ ...event(1, 0), partition: 1 })).toBe(true)
  expect(fence.admits(event(10, 0))).toBe(false)
})

it('who begins to read further on can be told how far it was', () => {
  const fence = createAlarmFence()
  fence.seed(0, 5)
  expect([fence.admits(event(8, 4)), fence.admits(event(9, 5))]).toEqual([false, true])
})

it('a takeover finds a key for each partition', () => {
  const partitionOf = (_topic: string, key: string): number => key.length % 3
  const log = { partitionOf: (topic: string, key: string) => (key.endsWith('7') ? 2 : partitionOf(topic, key) % 2) }
  for (const partition of [0, 1, 2]) expect(log.partitionOf('alarms', takeoverKey(log, partition))).toBe(partition)
})
