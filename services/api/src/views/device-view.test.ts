import { expect, test } from 'vitest'
import { createDeviceView } from './device-view.ts'

test('a device that is heard after it was said to be offline is online', () => {
  const view = createDeviceView()
  view.status('d1', { state: 'online', battery: 80 }, 1_000)
  view.seen('d1', 1_500)
  // The will of its connection to another broker, which ended late.
  view.status('d1', { state: 'offline' }, 2_000)
  expect(view.statusOf('d1')).toMatchObject({ state: 'offline', time: 2_000, battery: 80 })
  view.seen('d1', 2_500)
  expect(view.statusOf('d1')).toMatchObject({ state: 'online', time: 2_500, battery: 80 })
})
