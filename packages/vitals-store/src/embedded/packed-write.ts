import {
  BEAT_CLASSES,
  LOG_TOPIC_NAMES,
  PulsewireError,
  type BeatClass,
  type BeatsRecord,
  type LogPosition,
} from '@pulsewire/contracts'
import type { DeviceEvent, MessageWrite, ReusedMessage, StoreWrite, VitalPoint, WaveformBlock } from '../port.ts'
import { HASH_DIGITS } from '../shared/accounting.ts'

/**
 * A write as it crosses to the store's thread. What comes every second for every patient is laid out in a few flat arrays, which cross as
 * they are; cloning its objects one by one would take longer than storing them. What is rare crosses as it is.
 */
export interface PackedWrite {
  /** Numbers and places in `texts`, in the order of reading. */
  readonly tape: Float64Array<ArrayBuffer>
  /** Each text once. */
  readonly texts: readonly string[]
  /** The samples of all blocks, one after another. */
  readonly samples: Int16Array<ArrayBuffer>
  readonly events: readonly DeviceEvent[]
  /** Without `offsets`, which a store with transactions has no use for. */
  readonly rest: Omit<StoreWrite, 'messages' | 'vitals' | 'beats' | 'offsets'>
  /** By message; crosses only where the thread asked for it: where a number was used twice. */
  readonly reuses?: readonly ReusedMessage[]
}

/** What the thread answers to a write without `reuses` that needs them. Nothing was written. */
export const REUSES_WANTED = 'reuses wanted'

/** Thrown where a message turns out to have reused a number and what belongs into the quarantine did not cross. */
export class ReusesWanted extends Error {}

/** The place of a text that is not there. */
const ABSENT = -1

/** Lays a write out. The hashes are cut to what is compared. */
export function packWrite(write: StoreWrite): PackedWrite {
  const { messages = [], vitals = [], beats = [], findings, alarms, staff, quarantine, positions } = write
  const tape = createTape()
  const blocks: Int16Array[] = []
  const events: DeviceEvent[] = []
  tape.number(messages.length)
  for (const { message, ...said } of messages) {
    tape.text(message.device)
    tape.text(message.boot)
    tape.optional(message.seq)
    tape.ownText(message.hash.slice(0, HASH_DIGITS))
    tape.text(message.position.topic)
    tape.number(message.position.partition)
    tape.number(message.position.offset)
    tape.number(message.receivedAt)
    tape.number(said.vitals.length)
    for (const point of said.vitals) packPoint(tape, point)
    tape.number(said.waveforms.length)
    for (const block of said.waveforms) {
      packBlock(tape, block)
      blocks.push(block.samples)
    }
    tape.number(said.events.length)
    events.push(...said.events)
  }
  tape.number(vitals.length)
  for (const point of vitals) packPoint(tape, point)
  tape.number(beats.length)
  for (const record of beats) packBeats(tape, record)
  const rest = {
    ...(findings === undefined ? {} : { findings }),
    ...(alarms === undefined ? {} : { alarms }),
    ...(staff === undefined ? {} : { staff }),
    ...(quarantine === undefined ? {} : { quarantine }),
    positions,
  }
  return { tape: tape.numbers(), texts: tape.texts, samples: concatenated(blocks), events, rest }
}

/** What crosses without being copied. */
export function transferred({ tape, samples }: PackedWrite): ArrayBuffer[] {
  return [tape.buffer, samples.buffer]
}

/** The write again. Where `reuses` did not cross, `reuse` of a message throws ReusesWanted. */
export function unpackWrite({ tape, texts, samples, events, rest, reuses }: PackedWrite): StoreWrite {
  const reader = createReader(tape, texts)
  let sampled = 0
  let happened = 0
  const messages = reader.list((index): MessageWrite => {
    const device = reader.text()
    const boot = reader.optionalText()
    const seq = reader.optional()
    const hash = reader.text()
    const position = readPosition(reader)
    const receivedAt = reader.number()
    const vitals = reader.list(() => readPoint(reader))
    const waveforms = reader.list(() => {
      const block = readBlock(reader, samples, sampled)
      sampled += block.samples.length
      return block
    })
    const own = events.slice(happened, (happened += reader.number()))
    const numbered = { ...(boot === undefined ? {} : { boot }), ...(seq === undefined ? {} : { seq }) }
    return {
      message: { device, ...numbered, hash, position, receivedAt },
      vitals,
      waveforms,
      events: own,
      reuse: () => {
        const reuse = reuses?.[index]
        if (reuse === undefined) throw new ReusesWanted()
        return reuse
      },
    }
  })
  const vitals = reader.list(() => readPoint(reader))
  const beats = reader.list(() => readBeats(reader))
  return { ...rest, messages, vitals, beats }
}

function packPoint(tape: Tape, { patient, device, code, time, value, quality, by }: VitalPoint): void {
  tape.text(patient)
  tape.text(device)
  tape.text(code)
  tape.number(time)
  const isText = typeof value === 'string'
  tape.text(isText ? value : undefined)
  tape.number(isText ? 0 : value)
  tape.optional(quality)
  tape.text(by)
}

function readPoint(reader: Reader): VitalPoint {
  const patient = reader.text()
  const device = reader.text()
  const code = reader.text()
  const time = reader.number()
  const word = reader.optionalText()
  const number = reader.number()
  const quality = reader.optional()
  const by = reader.optionalText()
  const value = word ?? number
  const point = { patient, device, code, time, value }
  if (quality === undefined && by === undefined) return point
  return { ...point, ...(quality === undefined ? {} : { quality }), ...(by === undefined ? {} : { by }) }
}

function packBlock(tape: Tape, block: WaveformBlock): void {
  tape.text(block.patient)
  tape.text(block.device)
  tape.text(block.signal)
  tape.number(block.start)
  tape.number(block.rateHz)
  tape.text(block.unit)
  tape.number(block.scale)
  tape.number(block.offset)
  tape.number(block.samples.length)
}

function readBlock(reader: Reader, samples: Int16Array, from: number): WaveformBlock {
  return {
    patient: reader.text(),
    device: reader.text(),
    signal: reader.text(),
    start: reader.number(),
    rateHz: reader.number(),
    unit: reader.text(),
    scale: reader.number(),
    offset: reader.number(),
    samples: samples.subarray(from, from + reader.number()),
  }
}

function packBeats(tape: Tape, { patient, device, signal, from, to, beats }: BeatsRecord): void {
  tape.text(patient)
  tape.text(device)
  tape.text(signal)
  tape.number(from)
  tape.number(to)
  tape.number(beats.length)
  for (const [time, beatClass] of beats) {
    tape.number(time)
    tape.number(BEAT_CLASSES.indexOf(beatClass))
  }
}

function readBeats(reader: Reader): BeatsRecord {
  return {
    patient: reader.text(),
    device: reader.text(),
    signal: reader.text(),
    from: reader.number(),
    to: reader.number(),
    beats: reader.list((): [number, BeatClass] => [reader.number(), BEAT_CLASSES[reader.number()] ?? 'Q']),
  }
}

function readPosition(reader: Reader): LogPosition {
  const name = reader.text()
  const topic = LOG_TOPIC_NAMES.find((known) => known === name)
  if (topic === undefined) throw new PulsewireError('PW_REQUEST_INVALID', `${name} is no topic of the log`)
  return { topic, partition: reader.number(), offset: reader.number() }
}

interface Tape {
  readonly texts: readonly string[]
  number(value: number): void
  optional(value: number | undefined): void
  text(value: string | undefined): void
  /** One that comes only once: not looked for among the others. */
  ownText(value: string): void
  numbers(): Float64Array<ArrayBuffer>
}

function createTape(): Tape {
  const texts: string[] = []
  const places = new Map<string, number>()
  let values = new Float64Array(1024)
  let length = 0
  const put = (value: number): void => {
    if (length === values.length) {
      const larger = new Float64Array(length * 2)
      larger.set(values)
      values = larger
    }
    values[length++] = value
  }
  return {
    texts,
    number: put,
    optional(value) {
      put(value === undefined ? 0 : 1)
      if (value !== undefined) put(value)
    },
    text(value) {
      if (value === undefined) return put(ABSENT)
      let place = places.get(value)
      if (place === undefined) places.set(value, (place = texts.push(value) - 1))
      put(place)
    },
    ownText: (value) => put(texts.push(value) - 1),
    numbers: () => values.slice(0, length),
  }
}

interface Reader {
  number(): number
  optional(): number | undefined
  text(): string
  optionalText(): string | undefined
  /** So many as the next number says. */
  list<T>(read: (index: number) => T): T[]
}

function createReader(tape: Float64Array, texts: readonly string[]): Reader {
  let at = 0
  const number = (): number => {
    const value = tape[at++]
    if (value === undefined) throw new RangeError('the write ends too early')
    return value
  }
  const optionalText = (): string | undefined => texts[number()]
  return {
    number,
    optional: () => (number() === 0 ? undefined : number()),
    text: () => optionalText() ?? '',
    optionalText,
    list: (read) => {
      const list: ReturnType<typeof read>[] = []
      for (let left = number(), index = 0; index < left; index++) list.push(read(index))
      return list
    },
  }
}

function concatenated(blocks: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const all = new Int16Array(blocks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const block of blocks) {
    all.set(block, at)
    at += block.length
  }
  return all
}
