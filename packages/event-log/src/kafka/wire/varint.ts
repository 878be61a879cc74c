/** Bytes of a signed number as zigzag varint. */
export function varintBytes(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let bytes = 1
  while (rest > 0x7f) {
    rest >>>= 7
    bytes++
  }
  return bytes
}

/** Writes a signed 32-bit number as zigzag varint; answers the place after it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

/** Reads forward over a buffer. Throws RangeError beyond its end. */
export class Cursor {
  readonly buffer: Buffer
  at: number
  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }
  get left(): number {
    return this.buffer.length - this.at
  }
  int8(): number {
    return this.buffer.readInt8(this.skip(1))
  }
  int16(): number {
    return this.buffer.readInt16BE(this.skip(2))
  }
  int32(): number {
    return this.buffer.readInt32BE(this.skip(4))
  }
  /** Offsets and times fit into 53 bits. */
  int64(): number {
    return Number(this.buffer.readBigInt64BE(this.skip(8)))
  }
  string(): string {
    const length = this.int16()
    return length < 0 ? '' : this.bytes(length).toString('utf8')
  }
  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }
  bytes(length: number): Buffer {
    if (length < 0 || length > this.left) throw new RangeError('beyond the end')
    const start = this.skip(length)
    return this.buffer.subarray(start, start + length)
  }
  /** Zigzag varint up to 32 bits. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer.readUInt8(this.at++)
      value |= (byte & 0x7f) << shift
      if ((byte & 0x80) === 0) return (value >>> 1) ^ -(value & 1)
    }
    throw new RangeError('varint too long')
  }
  /** Zigzag varint up to 53 bits. */
  varlong(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 63; factor *= 128) {
      const byte = this.buffer.readUInt8(this.at++)
      value += (byte & 0x7f) * factor
      if ((byte & 0x80) === 0) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new RangeError('varint too long')
  }
  skip(bytes: number): number {
    const start = this.at
    this.at += bytes
    return start
  }
}
