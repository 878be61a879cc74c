import { LOG_TOPIC_NAMES, type LogPosition } from '@pulsewire/contracts'

/** The position that an id such as `telemetry/3/12345` names, or `undefined` where it is none. */
export function parsePosition(text: string): LogPosition | undefined {
  const match = /^([a-z-]+)\/(\d+)\/(\d+)$/.exec(text)
  const topic = LOG_TOPIC_NAMES.find((name) => name === match?.[1])
  if (match === null || topic === undefined) return undefined
  return { topic, partition: Number(match[2]), offset: Number(match[3]) }
}
