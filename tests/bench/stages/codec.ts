import { decodeUplink } from '@pulsewire/codec'
import { Decoder } from 'cbor-x'
import { violationOf } from '@pulsewire/contracts/validators'
import { kindOf, payloadOf } from './payloads.ts'
import { cpuSecondsIn, type Stage, type StageSize } from './stage.ts'

const CALLS: Readonly<Record<StageSize, number>> = { smoke: 2_000, full: 200_000 }

const each = async (calls: number, work: (index: number) => void): Promise<number> =>
  (1e6 *
    (await cpuSecondsIn(() => {
      for (let index = 0; index < calls; index++) work(index)
    }))) /
  calls

const payloads = Array.from({ length: 20 }, (_, index) => payloadOf(index, index))
const alone = new Decoder({ useRecords: false, mapsAsObjects: true })
const decoded = payloads.map((bytes, index) => decodeUplink(kindOf(index), bytes).uplink.message)
const bytesAt = (index: number): Buffer => payloads[index % payloads.length] ?? Buffer.alloc(0)

/** From bytes to a message that may be believed. */
export const codec: Stage = {
  name: 'codec',
  what: 'a message (block, vitals in turn), from bytes to validated',
  unit: 'µs CPU',
  better: 'less',
  limit: 'cbor-x alone',
  measure: async (size) => ({
    ours: await each(CALLS[size], (index) => void decodeUplink(kindOf(index), bytesAt(index))),
    limit: await each(CALLS[size], (index) => void alone.decode(bytesAt(index))),
  }),
}

/** Against the schema alone. */
export const validation: Stage = {
  name: 'validation',
  what: 'a decoded message against its schema',
  unit: 'µs CPU',
  better: 'less',
  limit: 'a walk over its fields',
  measure: async (size) => ({
    ours: await each(CALLS[size], (index) => void violationOf(kindOf(index), decoded[index % decoded.length])),
    limit: await each(CALLS[size], (index) => void walk(decoded[index % decoded.length])),
  }),
}

function walk(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0
  let sum = 0
  for (const field of Object.values(value)) sum += walk(field)
  return sum
}
