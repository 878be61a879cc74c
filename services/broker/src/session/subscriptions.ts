import { UPLINK_KINDS, deviceRoot, uplinkTopic } from '@pulsewire/contracts'

/** True where `device` may subscribe to `filter`: under its own root, wildcards within it; no shared subscriptions. */
export function mayConsume(device: string, filter: string): boolean {
  return filter.startsWith(deviceRoot(device))
}

/** True where a device that has subscribed to `filters` gets its own messages back. */
export function hearsItself(device: string, filters: Iterable<string>): boolean {
  const topics = UPLINK_KINDS.map((kind) => uplinkTopic(device, kind))
  return [...filters].some((filter) => topics.some((topic) => covers(filter, topic)))
}

/** True where `filter` (of MQTT 3.1.1, 4.7) covers `topic`. */
export function covers(filter: string, topic: string): boolean {
  const filterLevels = filter.split('/')
  const topicLevels = topic.split('/')
  for (const [index, level] of filterLevels.entries()) {
    if (level === '#') return true
    const actual = topicLevels[index]
    if (actual === undefined || (level !== '+' && level !== actual)) return false
  }
  return filterLevels.length === topicLevels.length
}
