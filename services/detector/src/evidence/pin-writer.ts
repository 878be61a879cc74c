import { PulsewireError, errorCodeOf, formatPosition, type EvidencePin, type LogPosition } from '@pulsewire/contracts'
import { MONITOR_VERSION } from '@pulsewire/detection'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import { INPUT_TOPICS, decodeState, packState, type InputTopic } from '../state-records.ts'
import type { Base, Generation, PinRequest } from './journal.ts'
import { partsOf } from './parts.ts'

/** Pins whose records are read back together. */
const TOGETHER = 16
/** Places in a partition that lie further apart than this are read one after the other, without what is between. */
const NEAR_RECORDS = 2_000

/** Writes pins; keeps those that could not be written. */
export interface PinWriter {
  add(request: PinRequest): void
  /** Makes durable what was added. Throws where the log does not take it: it is tried again with the next call. */
  write(): Promise<void>
}

export interface PinWriterDeps {
  readonly log: EventLog
  readonly partition: number
  /** Told what could not be pinned, or not as it should be. */
  readonly onError: (error: Error, request: PinRequest) => void
}

export function createPinWriter({ log, partition, onError }: PinWriterDeps): PinWriter {
  let waiting: PinRequest[] = []

  const pin = async (request: PinRequest, records: RecordsRead): Promise<void> => {
    try {
      const body = await bodyOf(request, partition, records)
      const lost = `${body.id} is pinned without ${body.missing.join(', ')}`
      if (body.missing.length > 0) onError(new PulsewireError('PW_LOG_DAMAGED', lost), request)
      await log.append('evidence', await partsOf(body))
    } catch (error) {
      // The log may take it later. What can never be written keeps nobody from going on.
      if (error instanceof PulsewireError && error.entry.class === 'transient') throw error
      const detail = `What ${request.findings.map(({ id }) => id).join(', ')} came from cannot be pinned`
      onError(new PulsewireError(errorCodeOf(error), detail, { cause: error }), request)
    }
  }

  return {
    add: (request) => void waiting.push(request),
    write: async () => {
      while (waiting.length > 0) {
        const some = waiting.slice(0, TOGETHER)
        const records = await readBack(log, partition, some)
        for (const request of some) {
          await pin(request, records)
          waiting = waiting.filter((other) => other !== request)
        }
      }
    },
  }
}

type RecordsRead = ReadonlyMap<string, StoredRecord>

/** The records that the steps name, by place; without those that are damaged or gone. */
async function readBack(log: EventLog, partition: number, requests: readonly PinRequest[]): Promise<RecordsRead> {
  const steps = requests.flatMap(({ generations }) => generations.flatMap((generation) => generation.steps))
  const read = new Map<string, StoredRecord>()
  for (const topic of INPUT_TOPICS) {
    const offsets = steps.flatMap(([kind, offset]) => (kind === topic && typeof offset === 'number' ? [offset] : []))
    const wanted = new Set(offsets)
    for (const { from, to } of rangesOf([...wanted])) {
      // Damage is seen in what is missing afterwards.
      for await (const records of log.read(topic, partition, { from, to })) {
        for (const record of records) if (wanted.has(record.offset)) read.set(placeOf(topic, partition, record), record)
      }
    }
  }
  return read
}

function placeOf(topic: InputTopic, partition: number, { offset }: Pick<LogPosition, 'offset'>): string {
  return formatPosition({ topic, partition, offset })
}

function rangesOf(offsets: readonly number[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && offset - last.to <= NEAR_RECORDS) last.to = offset + 1
    else ranges.push({ from: offset, to: offset + 1 })
  }
  return ranges
}

async function bodyOf(request: PinRequest, partition: number, read: RecordsRead): Promise<EvidencePin> {
  const window = windowOf(request, partition, read)
  const [first] = window
  if (first === undefined) throw new PulsewireError('PW_INTERNAL', 'a window without a beginning')
  const { base } = first
  const id = request.findings[0]?.pin ?? ''
  const steps = window.flatMap((generation) => generation.steps)
  const places = steps.flatMap(([kind, offset]) =>
    (kind === 'telemetry' || kind === 'staff-commands') && typeof offset === 'number'
      ? [placeOf(kind, partition, { offset })]
      : [],
  )
  const records = places.map((place) => read.get(place)).filter((record) => record !== undefined)
  const { failing } = base
  return {
    format: 1,
    id,
    patient: request.patient,
    partition,
    monitorVersion: MONITOR_VERSION,
    state: base.state === undefined ? null : toBase64(stateOf(base, base.state, request)),
    context: base.context,
    ...(failing === undefined ? {} : { failing }),
    steps,
    records: records.map(({ topic, offset, timestamp, key, headers, value }) => ({
      topic: topic === 'telemetry' ? topic : 'staff-commands',
      offset,
      timestamp,
      key,
      headers: { ...headers },
      value: toBase64(value ?? new Uint8Array()),
    })),
    missing: [...(base.isLost === true ? ['the state'] : []), ...places.filter((place) => !read.has(place))],
    findings: [...request.findings],
  }
}

/**
 * The newest generation, and those before it: as far back as everything can still be read, and the state is enough to begin with. It is not where late
 * data was put in its place afterwards: that takes the memory, which the newest state alone has.
 */
function windowOf(request: PinRequest, partition: number, read: RecordsRead): readonly Generation[] {
  const { generations } = request
  const isWhole = ({ base, steps }: Generation): boolean =>
    base.isLost !== true &&
    isEnough(base, request) &&
    steps.every(
      ([kind, offset]) => kind === 'tick' || kind === 'context' || read.has(placeOf(kind, partition, { offset })),
    )
  const broken = generations.findLastIndex((generation) => !isWhole(generation))
  return generations.slice(Math.min(broken + 1, generations.length - 1))
}

/** Whether a state can do without the memory of what came before it. */
function isEnough(base: Base, { revisions }: PinRequest): boolean {
  return base.revisions === undefined || (base.revisions === revisions && base.isGathering !== true)
}

function stateOf(base: Base, state: Uint8Array, request: PinRequest): Uint8Array {
  const { memory } = base
  if (memory === undefined || isEnough(base, request)) return state
  const saved = decodeState(state)
  return packState({ ...saved, monitor: memory(saved.monitor) })
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
