const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END_OF_CENTRAL_DIRECTORY = 0x06054b50
/** 2.0, the least that any reader wants. */
const VERSION = 20
/** Names are UTF-8. */
const FLAGS = 0x0800
const STORED = 0
const MAX_BYTES = 0xffff_ffff

export interface ZipEntry {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * A zip of files that are stored as they are (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12, 4.3.16); `modifiedAt` in ms.
 * Throws a RangeError above 4 GiB: that would be Zip64.
 */
export function zipOf(entries: readonly ZipEntry[], modifiedAt: number): Buffer {
  const stamp = dosTime(modifiedAt)
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, bytes } of entries) {
    const nameBytes = Buffer.from(name)
    // version, flags, method, time, date, crc, sizes, lengths: the same in both headers.
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(VERSION, 0)
    shared.writeUInt16LE(FLAGS, 2)
    shared.writeUInt16LE(STORED, 4)
    shared.writeUInt16LE(stamp.time, 6)
    shared.writeUInt16LE(stamp.date, 8)
    shared.writeUInt32LE(crc32(bytes), 10)
    shared.writeUInt32LE(bytes.length, 14)
    shared.writeUInt32LE(bytes.length, 18)
    shared.writeUInt16LE(nameBytes.length, 22)

    const local = Buffer.alloc(4)
    local.writeUInt32LE(LOCAL_HEADER)
    parts.push(local, shared, nameBytes, bytes)

    const opening = Buffer.alloc(6)
    opening.writeUInt32LE(CENTRAL_HEADER)
    opening.writeUInt16LE(VERSION, 4)
    const closing = Buffer.alloc(14) // comment length, disk, attributes: 0; then the local header's offset
    closing.writeUInt32LE(offset, 10)
    directory.push(opening, shared, closing, nameBytes)

    offset += local.length + shared.length + nameBytes.length + bytes.length
    if (offset > MAX_BYTES) throw new RangeError('more than 4 GiB in a zip')
  }
  const directoryBytes = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END_OF_CENTRAL_DIRECTORY)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directoryBytes.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, directoryBytes, end])
}

function dosTime(ms: number): { time: number; date: number } {
  const at = new Date(Math.max(ms, Date.UTC(1980, 0, 1)))
  return {
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

/** CRC-32 (ISO-HDLC). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
