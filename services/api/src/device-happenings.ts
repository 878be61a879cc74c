import type { DeviceEvent } from '@pulsewire/vitals-store'

/** Something that happened to a device, or that the patient did with it. */
export interface DeviceHappening {
  readonly time: number
  readonly device: string
  /** The device's own event (`patient-button`, `lead-off`, …), or `online`, `offline`, `battery-low`. */
  readonly what: string
  readonly detail?: string
  /** Percent. */
  readonly battery?: number
}

/** [K] A battery is worth a line when it falls below this, percent. */
const LOW_BATTERY = 20

/**
 * What of a device's messages, in order of time, is worth a line: each event, and of its status what changed. Of the first status of a device only
 * what is wrong: nobody knows what it was before.
 */
export function deviceHappenings(events: readonly DeviceEvent[]): DeviceHappening[] {
  const states = new Map<string, { state: unknown; low: boolean }>()
  return events.flatMap(({ device, kind, time, body }): DeviceHappening[] => {
    if (kind === 'event') {
      const { event, detail } = body
      if (typeof event !== 'string') return []
      return [{ time, device, what: event, ...(typeof detail === 'string' ? { detail } : {}) }]
    }
    if (kind !== 'status') return []
    const { state, battery } = body
    const level = typeof battery === 'number' ? { battery } : {}
    const before = states.get(device)
    const low = typeof battery === 'number' ? battery < LOW_BATTERY : (before?.low ?? false)
    states.set(device, { state, low })
    const happened: DeviceHappening[] = []
    if (state === 'offline' ? before?.state !== 'offline' : before?.state === 'offline') {
      happened.push({ time, device, what: String(state), ...level })
    }
    if (low && before?.low !== true) happened.push({ time, device, what: 'battery-low', ...level })
    return happened
  })
}
