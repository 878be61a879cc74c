import { createHash } from 'node:crypto'
import type { PublishPacket } from 'aedes'

/** QoS 2 messages remembered per device: more cannot be on their way within its share. */
const MAX_PER_DEVICE = 256
const MAX_DEVICES = 20_000

/** Takes a QoS 2 message once, however often its PUBLISH is sent again. */
export interface ExactlyOnce<T> {
  once(device: string, packet: PublishPacket, take: () => Promise<T>): Promise<T>
}

/**
 * Aedes asks again for each duplicate of a QoS 2 PUBLISH. One that has DUP set, the identifier and the content of an earlier one is
 * that one. (After a restart of the broker it is taken again, and counts as a duplicate further down, by boot and seq.)
 */
export function createExactlyOnce<T>(): ExactlyOnce<T> {
  const devices = new Map<string, Map<number, { digest: string; outcome: Promise<T> }>>()
  return {
    once: (device, packet, take) => {
      const { messageId } = packet
      if (packet.qos !== 2 || messageId === undefined) return take()
      const known = devices.get(device) ?? new Map<number, { digest: string; outcome: Promise<T> }>()
      devices.delete(device)
      devices.set(device, known)
      dropOldest(devices, MAX_DEVICES)
      const digest = createHash('sha256').update(packet.topic).update('\0').update(packet.payload).digest('base64')
      const earlier = known.get(messageId)
      if (packet.dup && earlier?.digest === digest) return earlier.outcome
      const outcome = take()
      known.delete(messageId)
      known.set(messageId, { digest, outcome })
      dropOldest(known, MAX_PER_DEVICE)
      // What failed was not taken: it may come again.
      outcome.catch(() => known.delete(messageId))
      return outcome
    },
  }
}

function dropOldest(map: Map<unknown, unknown>, max: number): void {
  if (map.size <= max) return
  const [oldest] = map.keys()
  map.delete(oldest)
}
