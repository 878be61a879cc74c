import type { DeviceEvent } from '@pulsewire/vitals-store'
import { describe, expect, it } from 'vitest'
import { deviceHappenings } from './device-happenings.ts'

const status = (time: number, body: Record<string, unknown>, device = 'd1'): DeviceEvent => ({
  device,
  kind: 'status',
  time,
  body: { state: 'online', ...body },
})

describe('what happened to devices', () => {
  it('an event is told as the device named it, with its detail', () => {
    const event: DeviceEvent = { device: 'd1', kind: 'event', time: 5, body: { event: 'symptom', detail: 'dizzy' } }
    expect(deviceHappenings([event])).toEqual([{ time: 5, device: 'd1', what: 'symptom', detail: 'dizzy' }])
  })

  it('a status is told where it changed, each device by itself', () => {
    const events = [
      status(1, {}),
      status(2, {}, 'd2'),
      status(3, { state: 'offline' }),
      status(4, { state: 'offline' }),
      status(5, {}),
      status(6, {}, 'd2'),
    ]
    expect(deviceHappenings(events)).toEqual([
      { time: 3, device: 'd1', what: 'offline' },
      { time: 5, device: 'd1', what: 'online' },
    ])
  })

  it('a low battery is told once, and again after it was charged', () => {
    const levels = [60, 19, 18, 80, 12]
    const told = deviceHappenings(levels.map((battery, time) => status(time, { battery })))
    expect(told.map(({ what, battery }) => [what, battery])).toEqual([
      ['battery-low', 19],
      ['battery-low', 12],
    ])
  })
})
