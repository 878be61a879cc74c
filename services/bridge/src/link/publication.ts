import type { ScannedPacket } from '@pulsewire/ingest'

/** A PUBLISH as the broker sent it. */
export interface Publication {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  /** The broker has sent it before on this session. */
  readonly dup: boolean
  /** Sent because we subscribed, not because somebody just published it. */
  readonly retain: boolean
  /** Packet identifier: what an acknowledgement names. Reused; of this connection only. 0 with QoS 0. */
  readonly id: number
  /** Where the payload was too large to be held: `payload` is only its head, this its size and hash. */
  readonly whole?: NonNullable<ScannedPacket['whole']>
}

/**
 * Reads a PUBLISH (3.3 of MQTT 3.1.1 and of 5): type and flags (DUP, QoS, RETAIN), remaining length, topic (2 bytes of length, then itself),
 * packet identifier (2 bytes, QoS > 0), in MQTT 5 properties (1 to 4 bytes of length, then themselves; none of them matters here), payload.
 * Throws where it is malformed.
 */
export function readPublication({ bytes, whole }: ScannedPacket, mqtt5: boolean): Publication {
  const flags = bytes.readUInt8(0)
  const qos = qosOf((flags >> 1) & 3)
  let at = variableInteger(bytes, 1).end
  const topicEnd = at + 2 + bytes.readUInt16BE(at)
  const topic = bytes.toString('utf8', at + 2, topicEnd)
  // We announce no topic aliases, so there are none.
  if (topicEnd > bytes.length || topic === '') throw new Error('a PUBLISH without a topic')
  at = topicEnd
  const id = qos === 0 ? 0 : bytes.readUInt16BE(at)
  if (qos > 0) at += 2
  if (mqtt5) {
    const properties = variableInteger(bytes, at)
    at = properties.end + properties.value
  }
  if (at > bytes.length || (qos > 0 && id === 0)) throw new Error('a PUBLISH that is malformed')
  return {
    topic,
    payload: bytes.subarray(at),
    qos,
    dup: (flags & 8) !== 0,
    retain: (flags & 1) !== 0,
    id,
    ...(whole === undefined ? {} : { whole }),
  }
}

function qosOf(value: number): 0 | 1 | 2 {
  if (value === 0 || value === 1 || value === 2) return value
  throw new Error('a PUBLISH with QoS 3')
}

function variableInteger(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes.readUInt8(start + i)
    value += (byte & 0x7f) * 128 ** i
    if ((byte & 0x80) === 0) return { value, end: start + i + 1 }
  }
  throw new Error('a length that is malformed')
}
