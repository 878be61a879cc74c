import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import {
  PulsewireError,
  SHARED_HEADER,
  decodeEvidenceHeaders,
  encodeEvidenceHeaders,
  evidencePin,
  type EvidencePartHeaders,
  type EvidencePin,
} from '@pulsewire/contracts'
import { decodeJson, encodeJson } from '@pulsewire/codec'
import { MAX_RECORD_BYTES, type LogRecord } from '@pulsewire/event-log'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** Room for key and headers. */
const MAX_PART_BYTES = MAX_RECORD_BYTES - 4_096

/** A pin as records of `evidence`: JSON, gzip, in as many parts as it needs; before them, which further names it has, a record each. */
export async function partsOf(pin: EvidencePin, maxPartBytes = MAX_PART_BYTES): Promise<LogRecord[]> {
  const body = await compress(encodeJson(pin), { level: 1 })
  const sha256 = sha256Of(body)
  const parts = Math.ceil(body.byteLength / maxPartBytes)
  const names = new Set(pin.findings.map((finding) => finding.pin ?? pin.id))
  names.delete(pin.id)
  return [
    ...[...names].map((name) => ({ key: pin.patient, headers: { pin: name, [SHARED_HEADER]: pin.id }, value: null })),
    ...Array.from({ length: parts }, (_, part) => ({
      key: pin.patient,
      headers: encodeEvidenceHeaders({ pin: pin.id, part, parts, sha256 }),
      value: body.subarray(part * maxPartBytes, (part + 1) * maxPartBytes),
    })),
  ]
}

/** Puts pins together out of the records of `evidence`, given in order. */
export interface PinParts {
  take(record: Pick<LogRecord, 'headers' | 'value'>): void
  /** Whether a whole one is there. */
  readonly isThere: boolean
  /**
   * All writings of the pin that are whole: it may have been written again after a restart, with another window.
   * Throws PW_LOG_DAMAGED where what is there is not what was written, PW_NOT_FOUND where nothing is.
   */
  pins(): Promise<EvidencePin[]>
}

/** @param id one of the names */
export function createPinParts(id: string): PinParts {
  const names = new Set([id])
  const writings = new Map<string, { readonly parts: number; readonly values: Map<number, Uint8Array> }>()
  const whole = (): [string, Uint8Array][] =>
    [...writings].flatMap(([sha256, { parts, values }]) => {
      const inOrder = Array.from({ length: parts }, (_, part) => values.get(part)).filter((part) => part !== undefined)
      return inOrder.length < parts ? [] : [[sha256, Buffer.concat(inOrder)]]
    })
  return {
    take: ({ headers, value }) => {
      const shared = headers[SHARED_HEADER]
      if (shared !== undefined && headers['pin'] === id) names.add(shared)
      const part: EvidencePartHeaders | undefined = decodeEvidenceHeaders(headers)
      if (part === undefined || !names.has(part.pin) || value === null) return
      const writing = writings.get(part.sha256) ?? { parts: part.parts, values: new Map<number, Uint8Array>() }
      writings.set(part.sha256, writing)
      writing.values.set(part.part, value)
    },
    get isThere() {
      return whole().length > 0
    },
    pins: async () => {
      const read = await Promise.allSettled(whole().map(([sha256, body]) => pinOf(id, sha256, body)))
      const pins = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      if (pins.length > 0) return pins
      for (const result of read) if (result.status === 'rejected') throw result.reason
      const [broken] = writings.values()
      if (broken === undefined)
        throw new PulsewireError('PW_NOT_FOUND', `Nothing is pinned as ${id} (a detector does it within a minute)`)
      const found = `${broken.values.size} of ${broken.parts} parts`
      throw new PulsewireError('PW_LOG_DAMAGED', `Of what is pinned as ${id} there are ${found}`)
    },
  }
}

async function pinOf(id: string, sha256: string, body: Uint8Array): Promise<EvidencePin> {
  if (sha256Of(body) !== sha256) {
    throw new PulsewireError('PW_LOG_DAMAGED', `What is pinned as ${id} is not what was written: its checksum differs`)
  }
  try {
    return evidencePin.parse(decodeJson(await decompress(body)))
  } catch (error) {
    throw new PulsewireError('PW_LOG_DAMAGED', `What is pinned as ${id} cannot be read`, { cause: error })
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
