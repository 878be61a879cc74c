import { expect, test } from 'vitest'
import { createSystemView } from './system-view.ts'

const beat = (worker: string, partitions: number[]) => ({ worker, at: 0, partitions })

test('all is well while living workers have all partitions between them', () => {
  const view = createSystemView(4)
  expect(view.status(0)).toMatchObject({ ok: false, detectors: [] })
  view.heartbeat(beat('a', [0, 1]), 1_000)
  expect(view.status(2_000)).toMatchObject({ ok: false, detail: expect.stringContaining('2 of 4') })
  view.heartbeat(beat('b', [2, 3]), 2_000)
  expect(view.status(3_000)).toEqual({
    ok: true,
    detectors: [
      { worker: 'a', at: 1_000 },
      { worker: 'b', at: 2_000 },
    ],
  })
})

test('a worker that falls silent is seen within ten seconds, unless another has taken its part over', () => {
  const view = createSystemView(2)
  view.heartbeat(beat('a', [0, 1]), 1_000)
  expect(view.status(11_000).ok).toBe(true)
  expect(view.status(11_001).ok).toBe(false)
  view.heartbeat(beat('b', [0, 1]), 11_500)
  expect(view.status(12_000).ok).toBe(true)
  expect(view.status(70_000).detectors.map(({ worker }) => worker)).toEqual(['b'])
})

test('a hand-over of some seconds, in which the workers watch nothing, is no stop', () => {
  const view = createSystemView(2)
  view.heartbeat(beat('a', [0, 1]), 1_000)
  view.heartbeat(beat('a', []), 3_000)
  view.heartbeat(beat('b', []), 5_000)
  expect(view.status(6_000).ok).toBe(true)
  view.heartbeat(beat('a', [0]), 7_000)
  expect(view.status(12_000)).toMatchObject({ ok: false, detail: expect.stringContaining('1 of 2') })
})

test('what the probe found wrong is said first', () => {
  const view = createSystemView(1)
  view.heartbeat(beat('a', [0]), 0)
  view.probed({ message: 'no history', detail: 'store: gone' })
  expect(view.status(0)).toMatchObject({ ok: false, message: 'no history', detail: 'store: gone' })
  view.probed(undefined)
  expect(view.status(0).ok).toBe(true)
})
