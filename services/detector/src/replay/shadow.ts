import { PulsewireError, type Finding, type RuleSet } from '@pulsewire/contracts'
import {
  compareRings,
  createPatientMonitor,
  createShadowMonitor,
  ringsOf,
  type PatientContext,
  type RingComparison,
  type ShadowMonitor,
} from '@pulsewire/detection'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import { inputOf } from '../patient-analysis.ts'
import { INPUT_TOPICS, type InputTopic } from '../state-records.ts'

/** Log time passes in steps of this, as it does in the running detector. */
const TICK_MS = 1_000

export interface ShadowRun {
  readonly comparison: RingComparison
  /** Records that were analysed, and that could not be. */
  readonly records: number
  readonly unreadable: number
  /** Append time of the first and the last record. */
  readonly fromMs: number
  readonly toMs: number
}

/**
 * A patient's log, analysed afresh by the rules in force and by candidate rules: what would ring under one of them alone, or at another time. Reads, and
 * writes nothing: a candidate can never ring. Throws PW_NOT_FOUND where the log has nothing of the patient.
 * @param context as of now: limits of before are not known here
 */
export async function runShadow(
  log: EventLog,
  patient: string,
  options: {
    readonly context: PatientContext
    readonly rules: RuleSet
    /** Append time, ms; default: all that the log holds. */
    readonly fromMs?: number
    readonly toMs?: number
  },
): Promise<ShadowRun> {
  const { context, rules, fromMs = 0, toMs = Infinity } = options
  const monitors = {
    present: createPatientMonitor({ patient, context }),
    candidate: createShadowMonitor({ patient, context }, rules),
  }
  const found: Record<keyof typeof monitors, Finding[]> = { present: [], candidate: [] }
  const each = (feed: (monitor: ShadowMonitor) => ReturnType<ShadowMonitor['tick']>): void => {
    for (const name of ['present', 'candidate'] as const) {
      for (const output of feed(monitors[name])) if (output.kind === 'finding') found[name].push(output.record)
    }
  }
  let [records, unreadable, firstMs, lastMs] = [0, 0, Infinity, -Infinity]
  let tickedMs = -Infinity
  for await (const record of recordsOf(log, patient, fromMs)) {
    if (record.timestamp >= toMs) break
    // What no monitor takes: the running detector puts it aside, and goes on.
    try {
      const input = inputOf(record)
      if (input?.patient !== patient) continue
      if (record.timestamp - tickedMs >= TICK_MS) {
        tickedMs = record.timestamp
        each((monitor) => monitor.tick(tickedMs, firstMs === Infinity ? tickedMs : firstMs))
      }
      each((monitor) => input.feed(monitor))
      records++
    } catch {
      unreadable++
    }
    firstMs = Math.min(firstMs, record.timestamp)
    lastMs = Math.max(lastMs, record.timestamp)
  }
  if (records === 0) throw new PulsewireError('PW_NOT_FOUND', `The log has nothing of ${patient} in this time`)
  const comparison = compareRings(ringsOf(found.present), ringsOf(found.candidate))
  return { comparison, records, unreadable, fromMs: firstMs, toMs: lastMs }
}

/** What the detector read of the patient's partition, in the order in which it was appended. */
async function* recordsOf(log: EventLog, patient: string, fromMs: number): AsyncGenerator<StoredRecord> {
  const streams = await Promise.all(INPUT_TOPICS.map((topic) => streamOf(log, topic, patient, fromMs)))
  const heads = await Promise.all(streams.map((stream) => stream.next()))
  for (;;) {
    let first = -1
    let firstMs = Infinity
    heads.forEach((head, index) => {
      if (head.done !== true && head.value.timestamp < firstMs) [first, firstMs] = [index, head.value.timestamp]
    })
    const [stream, head] = [streams[first], heads[first]]
    if (stream === undefined || head === undefined || head.done === true) return
    yield head.value
    heads[first] = await stream.next()
  }
}

async function streamOf(
  log: EventLog,
  topic: InputTopic,
  patient: string,
  fromMs: number,
): Promise<AsyncGenerator<StoredRecord, void>> {
  const partition = log.partitionOf(topic, patient)
  const from = await log.offsetAt(topic, partition, fromMs)
  return (async function* () {
    for await (const batch of log.read(topic, partition, { from })) yield* batch
  })()
}
