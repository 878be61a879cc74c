import { expect, test } from 'vitest'
import { createSpoolView } from './spool-view.ts'

const DAY = 24 * 3_600_000

test('a broker counts with what it said last, in the order of the log', () => {
  const view = createSpoolView()
  view.reported({ broker: 'a', at: 1, waiting: 3, oldestAt: 1 }, 1_000)
  view.reported({ broker: 'a', at: 2, waiting: 0 }, 2_000)
  view.reported({ broker: 'a', at: 1, waiting: 3, oldestAt: 1 }, 1_000)
  expect(view.all(3_000)).toEqual([{ broker: 'a', waiting: 0, reportedAt: 2_000 }])
})

test('one that had something waiting is never forgotten, however long it is silent', () => {
  const view = createSpoolView()
  view.reported({ broker: 'a', at: 1, waiting: 3 }, 0)
  view.reported({ broker: 'b', at: 1, waiting: 0 }, 0)
  expect(view.all(DAY + 1)).toEqual([{ broker: 'a', waiting: 3, reportedAt: 0 }])
})
