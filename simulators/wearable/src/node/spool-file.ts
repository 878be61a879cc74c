import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { UPLINK_KINDS, type UplinkKind } from '@pulsewire/contracts'
import { decodeUplink, encodeUplink } from '@pulsewire/codec'
import { crc32 } from './crc32.ts'
import type { Spooled, SpoolStore } from './spool.ts'

/*
 * segment = record*                       one file of about a megabyte, named by its first index
 * record  = length u32 · crc32 u32 · body
 * body    = 0 u8 · kind u8 · index f64 · message (CBOR)      something to send
 *         | 1 u8 · 0 u8    · index f64                       acknowledged up to and with this index
 *         | 2 u8 · 0 u8    · index f64 · time f64            sent for the first time
 */
const HEADER_BYTES = 8
const BODY_HEADER_BYTES = 10
const SEGMENT_BYTES = 1 << 20
const ENTRY = 0
const RELEASED = 1
const SENT = 2
/** A release is written every so many entries: a crash in between sends a few again, and their seq says so. */
const RELEASE_EVERY = 16

interface SegmentFile {
  readonly path: string
  /** The last entry in it. */
  lastIndex: number
}

const segmentName = (index: number): string => `spool-${String(index).padStart(15, '0')}.log`

function recordOf(type: number, kind: number, index: number, payload: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER_BYTES + BODY_HEADER_BYTES + payload.byteLength)
  record.writeUInt32LE(BODY_HEADER_BYTES + payload.byteLength, 0)
  record.writeUInt8(type, HEADER_BYTES)
  record.writeUInt8(kind, HEADER_BYTES + 1)
  record.writeDoubleLE(index, HEADER_BYTES + 2)
  record.set(payload, HEADER_BYTES + BODY_HEADER_BYTES)
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4)
  return record
}

interface Scanned {
  readonly entries: { index: number; kind: UplinkKind; payload: Buffer }[]
  readonly releasedUpTo: number
  readonly sent: Map<number, number>
  /** Where the first damaged or unfinished record begins, if there is one. */
  readonly damagedAt?: number
}

/** Reads a segment up to the first record whose length or checksum does not fit: a torn tail is what a kill leaves. */
function scan(bytes: Buffer): Scanned {
  const entries: Scanned['entries'] = []
  const sent = new Map<number, number>()
  let releasedUpTo = -1
  let at = 0
  while (at < bytes.length) {
    if (at + HEADER_BYTES > bytes.length) return { entries, releasedUpTo, sent, damagedAt: at }
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at)
    if (end < at + HEADER_BYTES + BODY_HEADER_BYTES || end > bytes.length)
      return { entries, releasedUpTo, sent, damagedAt: at }
    const body = bytes.subarray(at + HEADER_BYTES, end)
    if (crc32(body) !== bytes.readUInt32LE(at + 4)) return { entries, releasedUpTo, sent, damagedAt: at }
    const type = body.readUInt8(0)
    const index = body.readDoubleLE(2)
    const kind = UPLINK_KINDS[body.readUInt8(1)]
    if (type === SENT && body.length >= BODY_HEADER_BYTES + 8) sent.set(index, body.readDoubleLE(BODY_HEADER_BYTES))
    else if (type === RELEASED) releasedUpTo = Math.max(releasedUpTo, index)
    else if (type === ENTRY && kind !== undefined)
      entries.push({ index, kind, payload: body.subarray(BODY_HEADER_BYTES) })
    at = end
  }
  return { entries, releasedUpTo, sent }
}

export interface SpoolFiles {
  readonly store: SpoolStore
  /** What was not acknowledged when the last run ended, in order. */
  readonly recovered: Spooled[]
  /** The index of the next entry: they count on over restarts. */
  readonly nextIndex: number
  /** Segments that ended in a damaged record. */
  readonly damaged: number
}

/**
 * A spool on disk: append-only segments with a checksum on each record, deleted when all in them is acknowledged. Each record is with the
 * operating system when `append` returns, so it survives the process; a segment is flushed to the medium when it is full or closed, so a
 * power cut can cost what came after the last flush.
 */
export function openSpoolFiles(directory: string): SpoolFiles {
  mkdirSync(directory, { recursive: true })
  const scanned = readdirSync(directory)
    .filter((name) => name.startsWith('spool-') && name.endsWith('.log'))
    .sort()
    .map((name) => ({ path: join(directory, name), ...scan(readFileSync(join(directory, name))) }))
  let releasedUpTo = Math.max(-1, ...scanned.map((segment) => segment.releasedUpTo))
  const sentAt = new Map(scanned.flatMap((segment) => [...segment.sent]))
  const recovered = scanned
    .flatMap((segment) => segment.entries)
    .filter((entry) => entry.index > releasedUpTo)
    .map(({ index, kind, payload }): Spooled => {
      const sent = sentAt.get(index)
      return { index, uplink: decodeUplink(kind, payload).uplink, ...(sent === undefined ? {} : { sent }) }
    })
  const segments: SegmentFile[] = scanned.map(({ path, entries }) => ({ path, lastIndex: entries.at(-1)?.index ?? -1 }))

  let nextIndex = Math.max(releasedUpTo, ...segments.map((segment) => segment.lastIndex)) + 1

  let file: number | undefined
  let written = 0
  let sinceRelease = 0

  const closeFile = (): void => {
    if (file === undefined) return
    fsyncSync(file)
    closeSync(file)
    file = undefined
  }
  const openFor = (index: number): number => {
    if (file !== undefined && written <= SEGMENT_BYTES) return file
    closeFile()
    const path = join(directory, segmentName(index))
    file = openSync(path, 'a')
    written = 0
    segments.push({ path, lastIndex: index })
    return file
  }
  const deleteDone = (): void => {
    // the last segment is being written to
    while (segments.length > 1 && (segments[0]?.lastIndex ?? Infinity) <= releasedUpTo) {
      const done = segments.shift()
      if (done !== undefined) unlinkSync(done.path)
    }
  }
  const writeRelease = (): void => {
    sinceRelease = 0
    if (releasedUpTo < 0) return
    const record = recordOf(RELEASED, 0, releasedUpTo, new Uint8Array())
    written += writeSync(file ?? openFor(nextIndex), record)
  }

  return {
    recovered,
    nextIndex,
    damaged: scanned.filter((segment) => segment.damagedAt !== undefined).length,
    store: {
      append({ index, uplink }) {
        const record = recordOf(ENTRY, UPLINK_KINDS.indexOf(uplink.kind), index, encodeUplink(uplink, 'cbor'))
        written += writeSync(openFor(index), record)
        nextIndex = index + 1
        const current = segments.at(-1)
        if (current !== undefined) current.lastIndex = index
      },
      markSent(index, sent) {
        const time = Buffer.alloc(8)
        time.writeDoubleLE(sent)
        written += writeSync(file ?? openFor(nextIndex), recordOf(SENT, 0, index, time))
      },
      release(index) {
        if (index <= releasedUpTo) return
        sinceRelease += index - releasedUpTo
        releasedUpTo = index
        if (sinceRelease >= RELEASE_EVERY) writeRelease()
        deleteDone()
      },
      close() {
        writeRelease()
        closeFile()
      },
    },
  }
}
