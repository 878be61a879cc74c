import type { ReachableDevices } from '@pulsewire/ingest'

/** The devices heard through the other broker: they can be told something there, whether or not they listen at present. */
export interface HeardDevices extends ReachableDevices {
  /** Answers whether it was not known yet. */
  heard(device: string): boolean
}

/** @param maxDevices the one heard longest ago is forgotten beyond so many: until it says something again */
export function createHeardDevices(maxDevices = 100_000): HeardDevices {
  const devices = new Set<string>()
  return {
    has: (device) => devices.has(device),
    all: () => devices,
    heard: (device) => {
      const known = devices.delete(device)
      devices.add(device)
      const [oldest] = devices
      if (devices.size > maxDevices && oldest !== undefined) devices.delete(oldest)
      return !known
    },
  }
}
