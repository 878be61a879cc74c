import { createHash, type Hash } from 'node:crypto'
import { MAX_PAYLOAD_BYTES, QUARANTINE_HEAD_BYTES } from '@pulsewire/contracts'

const PUBLISH = 3
const MAX_HEADER_BYTES = 5
const MAX_LENGTH_BYTES = 4
/** Above this a PUBLISH is certainly too large (256 KiB of payload and room for its topic): it is hashed as it comes, not held. */
const MAX_PUBLISH_BYTES = MAX_PAYLOAD_BYTES + 1024
/** CONNECT, SUBSCRIBE and the rest: nobody needs more. */
const MAX_OTHER_BYTES = 64 * 1024

/** One MQTT control packet, whole. */
export interface ScannedPacket {
  readonly publish: boolean
  readonly bytes: Buffer
  /** Where the payload was too large to be held: `bytes` has only its head, this its size and hash. */
  readonly whole?: { readonly bytes: number; readonly sha256: string }
}

export interface PacketScannerOptions {
  /** What the other side has to say first: it is a client, or a broker. */
  readonly first: 'connect' | 'connack'
  /** MQTT 5: a PUBLISH has properties before its payload. */
  readonly mqtt5?: boolean
}

const PACKET_TYPE = { connect: 1, connack: 2 } as const

/** Cuts a byte stream into MQTT control packets. Holds at most one packet that is not complete. */
export interface PacketScanner {
  /** The packets that `chunk` completes. Throws where the stream is not MQTT. */
  scan(chunk: Buffer): ScannedPacket[]
  /** Bytes of the packet that is not complete. */
  readonly heldBytes: number
}

/** Collects what belongs to one packet. */
interface Body {
  readonly missing: number
  readonly heldBytes: number
  feed(part: Buffer): void
  packet(): ScannedPacket
}

/**
 * MQTT, 2.2 of 3.1.1 and 2.1 of 5: control packet = type and flags (1 byte), remaining length (1 to 4 bytes, 7 bits each, lowest first), remaining bytes.
 * A PUBLISH of any size is taken with bounded memory: what is too large goes on with its head as payload,
 * and without its properties.
 */
export function createPacketScanner({ first: introduction, mqtt5 = false }: PacketScannerOptions): PacketScanner {
  let header: number[] = []
  let body: Body | undefined
  let connected = false

  const begin = (first: number, remaining: number): Body => {
    const type = first >> 4
    if (!connected && type !== PACKET_TYPE[introduction]) {
      throw new Error(`the first packet is not ${introduction.toUpperCase()}`)
    }
    connected = true
    if (type === PUBLISH && remaining > MAX_PUBLISH_BYTES) return digestBody(first, remaining, mqtt5)
    if (type !== PUBLISH && remaining > MAX_OTHER_BYTES) {
      throw new Error(`a control packet of type ${type} with ${remaining} bytes`)
    }
    return wholeBody(type === PUBLISH, Buffer.from(header), remaining)
  }

  /** A packet that lies wholly in `chunk` is passed on as it is, without a copy. */
  const scanInPlace = (chunk: Buffer, at: number): { packet: ScannedPacket; end: number } | undefined => {
    const first = chunk[at]
    const length = readLength(chunk, at + 1)
    if (first === undefined || length === undefined || !connected) return undefined
    const type = first >> 4
    const end = length.next + length.value
    if (end > chunk.length || length.value > (type === PUBLISH ? MAX_PUBLISH_BYTES : MAX_OTHER_BYTES)) return undefined
    const bytes = end - at === chunk.length ? chunk : chunk.subarray(at, end)
    return { packet: { publish: type === PUBLISH, bytes }, end }
  }

  return {
    get heldBytes() {
      return header.length + (body?.heldBytes ?? 0)
    },
    scan: (chunk) => {
      const packets: ScannedPacket[] = []
      let at = 0
      while (at < chunk.length) {
        if (body === undefined) {
          const inPlace = header.length === 0 ? scanInPlace(chunk, at) : undefined
          if (inPlace !== undefined) {
            packets.push(inPlace.packet)
            at = inPlace.end
            continue
          }
          header.push(chunk[at++] ?? 0)
          const length = readLength(header, 1)
          if (length === undefined) {
            if (header.length >= MAX_HEADER_BYTES) throw new Error('the remaining length is malformed')
            continue
          }
          body = begin(header[0] ?? 0, length.value)
        } else {
          const end = Math.min(chunk.length, at + body.missing)
          body.feed(chunk.subarray(at, end))
          at = end
        }
        if (body.missing > 0) continue
        packets.push(body.packet())
        body = undefined
        header = []
      }
      return packets
    },
  }
}

function readLength(bytes: ArrayLike<number>, at: number): { value: number; next: number } | undefined {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 128 ** i
    if ((byte & 0x80) === 0) return { value, next: at + i + 1 }
  }
  return undefined
}

function writeLength(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const more = rest >= 128
    bytes.push((rest % 128) + (more ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return bytes
}

function wholeBody(publish: boolean, header: Buffer, remaining: number): Body {
  const parts = [header]
  let missing = remaining
  return {
    get missing() {
      return missing
    },
    get heldBytes() {
      return remaining - missing
    },
    feed: (part) => {
      // A copy: many small parts would otherwise each keep the chunk that they came in.
      parts.push(Buffer.from(part))
      missing -= part.length
    },
    packet: () => ({ publish, bytes: Buffer.concat(parts) }),
  }
}

/**
 * PUBLISH, 3.3: topic (2 bytes of length, then itself), packet identifier (2 bytes, QoS > 0 alone), in MQTT 5 properties (their length
 * as in the header, then themselves: skipped), payload.
 */
function digestBody(first: number, remaining: number, mqtt5: boolean): Body {
  const identifierBytes = (first & 0x06) === 0 ? 0 : 2
  const hash: Hash = createHash('sha256')
  const propertiesLength: number[] = []
  let variable = Buffer.alloc(0)
  let head = Buffer.alloc(0)
  let missing = remaining
  let payloadBytes = 0
  /** Of the properties, once their length is known. */
  let toSkip = mqtt5 ? undefined : 0

  const variableBytes = (): number => (variable.length < 2 ? 2 : 2 + variable.readUInt16BE(0) + identifierBytes)
  /** What is left of `part` behind the variable header. */
  const feedVariable = (part: Buffer): Buffer => {
    let rest = part
    // At most twice: the length of the topic first, then the rest.
    while (rest.length > 0 && variable.length < variableBytes()) {
      const take = rest.subarray(0, variableBytes() - variable.length)
      variable = Buffer.concat([variable, take])
      rest = rest.subarray(take.length)
    }
    return rest
  }
  const feedProperties = (part: Buffer): Buffer => {
    let at = 0
    while (toSkip === undefined && at < part.length) {
      propertiesLength.push(part[at++] ?? 0)
      toSkip = readLength(propertiesLength, 0)?.value
      if (toSkip === undefined && propertiesLength.length >= MAX_LENGTH_BYTES) {
        throw new Error('the length of the properties is malformed')
      }
    }
    const rest = part.subarray(at)
    const skipped = Math.min(rest.length, toSkip ?? 0)
    if (toSkip !== undefined) toSkip -= skipped
    return rest.subarray(skipped)
  }

  return {
    get missing() {
      return missing
    },
    get heldBytes() {
      return variable.length + head.length
    },
    feed: (part) => {
      missing -= part.length
      const behind = feedVariable(part)
      const payload = toSkip === 0 ? behind : feedProperties(behind)
      if (head.length < QUARANTINE_HEAD_BYTES) {
        head = Buffer.concat([head, payload.subarray(0, QUARANTINE_HEAD_BYTES - head.length)])
      }
      payloadBytes += payload.length
      hash.update(payload)
    },
    packet: () => {
      const body = Buffer.concat([variable, Buffer.from(mqtt5 ? [0] : []), head])
      return {
        publish: true,
        bytes: Buffer.concat([Buffer.from([first, ...writeLength(body.length)]), body]),
        whole: { bytes: payloadBytes, sha256: hash.digest('hex') },
      }
    },
  }
}
