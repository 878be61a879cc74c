/** A PUBLISH with QoS 1 that nothing is to be retained of: nearly all that devices send. */
export interface PlainPublish {
  readonly topic: string
  readonly messageId: number
  readonly payload: Buffer
  /** Marked as sent before (DUP). */
  readonly again: boolean
}

const QOS_1 = 0x32
const QOS_1_DUP = 0x3a
const CONTINUES = 0x80

/**
 * Reads a whole control packet (MQTT 3.1.1, 3.3), where it is a plain PUBLISH; undefined for everything else, also where something is
 * odd about it: the MQTT engine judges that. The topic is read as Latin-1: topics of the contract are ASCII, and no other reads as one.
 */
export function readPlainPublish(packet: Buffer): PlainPublish | undefined {
  const first = packet[0]
  if (first !== QOS_1 && first !== QOS_1_DUP) return undefined
  let at = 1
  while (((packet[at] ?? 0) & CONTINUES) !== 0) at++
  const topicAt = at + 3
  const topicEnd = topicAt + ((packet[at + 1] ?? 0) << 8) + (packet[at + 2] ?? 0)
  const payloadAt = topicEnd + 2
  if (payloadAt > packet.length) return undefined
  const messageId = packet.readUInt16BE(topicEnd)
  if (messageId === 0) return undefined
  return {
    topic: packet.toString('latin1', topicAt, topicEnd),
    messageId,
    payload: packet.subarray(payloadAt),
    again: first === QOS_1_DUP,
  }
}
