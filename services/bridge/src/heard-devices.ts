import type { ReachableDevices } from '@pulsewire/ingest'

/** The devices heard through the other broker: they can be told something there, whether or not they listen at present. */
export interface HeardDevices extends ReachableDevices {
  /** Answers whether it was not known yet. */
  heard(device: string): boolean
}

const DEFAULT_MAX_DEVICES = 100_000

/** Beyond `maxDevices` the one heard longest ago is forgotten (until it says something again), and `onForgotten` told. */
export function createHeardDevices(
  onForgotten: (device: string) => void,
  maxDevices = DEFAULT_MAX_DEVICES,
): HeardDevices {
  const devices = new Set<string>()
  return {
    has: (device) => devices.has(device),
    all: () => devices,
    heard: (device) => {
      const known = devices.delete(device)
      devices.add(device)
      const [oldest] = devices
      if (devices.size > maxDevices && oldest !== undefined) {
        devices.delete(oldest)
        onForgotten(oldest)
      }
      return !known
    },
  }
}
