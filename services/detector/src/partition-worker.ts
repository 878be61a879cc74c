import { TRACE_HEADER, errorCodeOf, type LogPosition } from '@pulsewire/contracts'
import {
  createPatientMonitor,
  type DetectionOutput,
  type EcgAnalyzerFactory,
  type PatientContext,
} from '@pulsewire/detection'
import type { EventLog, LogRecord, RecordBatch, StoredRecord } from '@pulsewire/event-log'
import type { LagWatch, Logger, Metrics, Tracing } from '@pulsewire/runtime'
import { createJournal, type Journal, type PinRequest } from './evidence/journal.ts'
import { createPinWriter } from './evidence/pin-writer.ts'
import { DETECTOR_GROUP } from './group.ts'
import { inputTopic, readableHeaders } from './input-records.ts'
import { createPatientAnalysis, inputOf, type PatientAnalysis, type PatientInput } from './patient-analysis.ts'
import { UNKNOWN_PATIENT } from './patient-contexts.ts'
import { drainOutbox, emptyOutbox, outputRecord, quarantineRecord } from './outputs.ts'
import { INPUT_TOPICS, decodeState, encodeState, loadStates, type InputTopic, type Positions } from './state-records.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createTurns } from './turns.ts'

/** A patient's state is not kept more often than this for all at once: spread, a share each time. */
const SAVE_SHARE = 10
const SAVE_AT_LEAST = 4

/** Before anything is written, ownership is asked for again after so long: far less than a group waits before it gives a partition to another. */
const OWNED_FOR_MS = 1_000
/** No tick for so long: this process stood still, and the log has what came meanwhile. */
const STOOD_STILL_MS = 5_000
/** The first alarm for so long is pinned at once; those that come after it, with the next state: what is written in a storm of alarms is bounded. */
const PIN_REST_MS = 300_000
/** So many records are analysed before others get their turn. */
const RECORDS_PER_TURN = 64
/** The state of a patient of whom nothing comes is kept anew after so many times the usual time. */
const IDLE_TIMES = 10

interface PatientEntry {
  readonly analysis: PatientAnalysis
  /** What it took in lately: pinned where an alarm comes of it. */
  readonly journal: Journal
  /** The first offset of each topic that is not in the saved state. */
  positions: Partial<Record<InputTopic, number>>
  /** The first record of each topic that changed the monitor since it was saved. */
  unsaved: Partial<Record<InputTopic, number>>
  changed: boolean
  savedAtMs: number
  pinnedAtMs: number
}

export interface PartitionWorkerDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Metrics
  readonly lag: LagWatch
  readonly tracing: Tracing
  readonly now: () => number
  readonly context: (patient: string) => PatientContext
  readonly commit: (position: LogPosition) => Promise<void>
  readonly snapshotEveryMs: number
  readonly createAnalyzer?: EcgAnalyzerFactory | undefined
}

/** All patients of one partition. What it found is appended before anything that builds on it is committed. */
export interface PartitionWorker {
  readonly partition: number
  /** How many are watched. */
  readonly patients: number
  handle(batch: RecordBatch): Promise<void>
  /** Lets time pass; and brings patients in who send nothing. */
  tick(nowMs: number): Promise<void>
  /** The registry changed: contexts may have, and `patients` have this partition. */
  refresh(patients: readonly string[]): void
  /** Appends what was found, pins what alarms came from, keeps the states that are due (or all that changed), commits. */
  save(all: boolean): Promise<void>
}

export async function openPartitionWorker(partition: number, deps: PartitionWorkerDeps): Promise<PartitionWorker> {
  const { log, logger, metrics, lag, tracing, now, createAnalyzer } = deps
  const entries = new Map<string, PatientEntry>()
  const processed: Partial<Record<InputTopic, number>> = {}
  const committed: Partial<Record<InputTopic, number>> = {}
  /** What had to be read when this partition was taken over: until then, time is that of the log. */
  const behindUntil: Partial<Record<InputTopic, number>> = {}
  let watchingSinceMs = now()
  /** Where reading began: what is committed as long as nothing was read, to find out whether the partition is still this worker's. */
  const startedAt: Partial<Record<InputTopic, number>> = {}
  const outbox = emptyOutbox()
  const pins = createPinWriter({
    log,
    partition,
    onError: (error, { patient }) => {
      metrics.errors.inc({ code: errorCodeOf(error) })
      logger.error({ err: error, patient }, 'the input of an alarm could not be pinned as it should be')
    },
  })
  let logTimeMs = 0
  /** When the partition was last known to be this worker's: by both clocks, since one of them stands still while a machine sleeps. */
  let ownedAt = { wallMs: now(), runMs: performance.now() }
  let tickedAtMs = performance.now()
  /** What was found is appended by one at a time; and states are kept by one at a time. What is found meanwhile does not wait for that. */
  const flushing = createTurns()
  const saving = createTurns()

  const newEntry = (patient: string): PatientEntry => {
    const context = deps.context(patient)
    const options = { patient, context, ...(createAnalyzer === undefined ? {} : { createAnalyzer }) }
    const entry: PatientEntry = {
      analysis: createPatientAnalysis(patient, createPatientMonitor(options)),
      journal: createJournal(patient, { context }),
      positions: {},
      unsaved: {},
      changed: false,
      savedAtMs: now(),
      pinnedAtMs: Number.NEGATIVE_INFINITY,
    }
    entries.set(patient, entry)
    return entry
  }

  const emit = (
    patient: string,
    entry: PatientEntry,
    outputs: readonly DetectionOutput[],
    traceparent?: string,
  ): void => {
    if (outputs.length === 0) return
    entry.changed = true
    for (const output of entry.journal.marked(outputs)) {
      metrics.sent.inc({ kind: output.kind })
      outbox.findings.push(outputRecord(patient, output, traceparent))
    }
  }

  const flush = (): Promise<void> =>
    flushing(async () => {
      if (outbox.findings.length === 0 && outbox.quarantine.length === 0) return
      // One that was paused and has lost its partition says nothing of its own silence.
      const unsureMs = Math.max(Math.abs(now() - ownedAt.wallMs), performance.now() - ownedAt.runMs)
      if (unsureMs > OWNED_FOR_MS) await assertOwned()
      await drainOutbox(log, outbox)
    })

  const analyse = (record: StoredRecord): void => {
    metrics.received.inc({ kind: record.topic })
    const input = inputOf(record)
    if (input !== undefined) analyseFor(record, input)
  }

  const analyseFor = (record: StoredRecord, input: PatientInput): void => {
    const { patient } = input
    const topic = inputTopic(record)
    const entry = entries.get(patient) ?? newEntry(patient)
    if (record.offset < (entry.positions[topic] ?? 0)) return
    entry.positions[topic] = record.offset + 1
    entry.unsaved[topic] ??= record.offset
    entry.changed = true
    entry.journal.step([topic, record.offset], record.value?.byteLength)
    const span = tracing.step('analyse', record.headers[TRACE_HEADER])
    const { outputs, failure } = entry.analysis.take(record, input)
    emit(patient, entry, outputs, span?.traceparent)
    if (failure === undefined) return span?.end()
    span?.end(failure.error)
    throw failure.error
  }

  const analyseOrQuarantine = (record: StoredRecord): void => {
    try {
      analyse(record)
    } catch (error) {
      // One record that cannot be analysed stops nobody: it is put aside, seen, and the next one is taken.
      metrics.errors.inc({ code: 'PW_INTERNAL' })
      logger.error({ err: error, position: `${record.topic}/${record.partition}/${record.offset}` }, 'record put aside')
      outbox.quarantine.push(quarantineRecord(record, readableHeaders(record), error))
    }
  }

  /** The first record of a topic that is not in the saved state of its patient. */
  const floorOf = (topic: InputTopic): number | undefined => {
    let floor = processed[topic]
    for (const { unsaved } of entries.values()) {
      const first = unsaved[topic]
      if (first !== undefined && floor !== undefined) floor = Math.min(floor, first)
    }
    return floor
  }
  const commit = async (floors: Positions): Promise<void> => {
    for (const topic of INPUT_TOPICS) {
      const offset = floors[topic]
      if (offset === undefined || offset <= (committed[topic] ?? -1)) continue
      await deps.commit({ topic, partition, offset })
      committed[topic] = offset
    }
  }

  /** Throws PW_CONFLICT where the partition has another owner: by committing again what is committed. */
  const assertOwned = async (): Promise<void> => {
    const offset = committed['telemetry'] ?? startedAt['telemetry']
    if (offset !== undefined) await deps.commit({ topic: 'telemetry', partition, offset })
    ownedAt = { wallMs: now(), runMs: performance.now() }
  }
  const lookBehind = async (): Promise<void> => {
    for (const topic of INPUT_TOPICS) {
      const end = (await log.ends(topic)).find((ends) => ends.partition === partition)
      if (end !== undefined) behindUntil[topic] = Math.max(behindUntil[topic] ?? 0, end.next)
    }
  }

  const due = (all: boolean): [string, PatientEntry][] => {
    if (all) return [...entries].filter(([, { changed }]) => changed)
    const isUrgent = ({ journal, pinnedAtMs }: PatientEntry): boolean =>
      journal.isAsked && Math.abs(now() - pinnedAtMs) >= PIN_REST_MS
    const isDue = ({ changed, savedAtMs, journal }: PatientEntry): boolean => {
      const ageMs = Math.abs(now() - savedAtMs)
      if (!changed) return journal.isLong && ageMs >= IDLE_TIMES * deps.snapshotEveryMs
      return journal.isFull || ageMs >= deps.snapshotEveryMs
    }
    const urgent = [...entries].filter(([, entry]) => isUrgent(entry))
    const old = [...entries]
      .filter(([, entry]) => isDue(entry) && !isUrgent(entry))
      .sort(([, a], [, b]) => a.savedAtMs - b.savedAtMs)
    return [...urgent, ...old].slice(0, Math.max(SAVE_AT_LEAST, Math.ceil(entries.size / SAVE_SHARE)))
  }

  const saveNow = async (all: boolean): Promise<void> => {
    const before = floors()
    await flush()
    await pins.write()
    await commit(before)
    const taken = due(all)
    if (taken.length === 0) return
    // Before an old state could be written over that of a new owner.
    await assertOwned()
    const records: LogRecord[] = []
    const kept: { entry: PatientEntry; unsaved: PatientEntry['unsaved'] }[] = []
    for (const [patient, entry] of taken) {
      const { analysis, journal, positions } = entry
      const { monitor, failing } = analysis
      const base = { context: monitor.context, failing, revisions: monitor.revisions }
      let request: PinRequest | undefined
      try {
        const { record, isGathering } = encodeState(patient, monitor, positions, { memory: all })
        records.push(record)
        monitor.keptAs(() => decodeState(record.value).monitor)
        request = journal.renew({ ...base, state: record.value, memory: monitor.holdMemory(), isGathering })
      } catch (error) {
        // The others are kept all the same; after a restart this one is analysed afresh.
        logger.error({ err: error, patient }, 'the state of a patient could not be written')
        request = journal.renew({ ...base, isLost: true })
      }
      if (request !== undefined) {
        entry.pinnedAtMs = now()
        pins.add(request)
      }
      kept.push({ entry, unsaved: entry.unsaved })
      entry.unsaved = {}
      entry.changed = false
      entry.savedAtMs = now()
    }
    const stand = floors()
    try {
      await flush()
      // Before the state that follows it: what was found in between is found again only from the state before.
      await pins.write()
      await log.append('detector-state', records)
    } catch (error) {
      for (const { entry, unsaved } of kept) {
        entry.unsaved = { ...entry.unsaved, ...unsaved }
        entry.changed = true
      }
      throw error
    }
    await commit(stand)
  }
  const floors = (): Positions => {
    const stand: Partial<Record<InputTopic, number>> = {}
    for (const topic of INPUT_TOPICS) {
      const floor = floorOf(topic)
      if (floor !== undefined) stand[topic] = floor
    }
    return stand
  }
  const isBehind = (): boolean =>
    INPUT_TOPICS.some((topic) => (processed[topic] ?? committed[topic] ?? 0) < (behindUntil[topic] ?? 0))

  const setContext = ({ analysis, journal }: PatientEntry, context: PatientContext): DetectionOutput[] => {
    journal.step(['context', context])
    return analysis.monitor.setContext(context)
  }

  const onDamage = (error: Error): void => logger.error({ err: error, partition }, 'damaged state stepped over')
  for (const [patient, { saved, value }] of await loadStates(log, partition, onDamage)) {
    const options = {
      patient,
      context: deps.context(patient),
      ...(createAnalyzer === undefined ? {} : { createAnalyzer }),
    }
    const monitor = createPatientMonitor(options, saved.monitor)
    const base = { state: value, context: monitor.context }
    entries.set(patient, {
      analysis: createPatientAnalysis(patient, monitor),
      journal: createJournal(patient, base, saved.monitor),
      positions: { ...saved.positions },
      unsaved: {},
      changed: false,
      savedAtMs: now(),
      pinnedAtMs: Number.NEGATIVE_INFINITY,
    })
  }
  for (const topic of INPUT_TOPICS) {
    const end = (await log.ends(topic)).find((ends) => ends.partition === partition)
    const start = (await log.committed(DETECTOR_GROUP, topic)).find((position) => position.partition === partition)
    if (end === undefined) continue
    startedAt[topic] = Math.max(start?.offset ?? 0, end.earliest)
    lag.at(topic, partition, startedAt[topic])
    if (end.next > (start?.offset ?? end.earliest)) behindUntil[topic] = end.next
  }

  return {
    partition,
    get patients() {
      return entries.size
    },
    handle: async (batch) => {
      const last = batch.records.at(-1)
      if (last === undefined) return
      // What the batch before found, where that is not in the log yet: more is not taken in until it is.
      await flush()
      const from = processed[inputTopic(last)] ?? 0
      // Given again, because the append failed: it is analysed already.
      const fresh = batch.records.filter(({ offset }) => offset >= from)
      // A patient's records stay in order; taken together, what is known of the patient is at hand.
      for (const [index, record] of byPatient(fresh).entries()) {
        if (index > 0 && index % RECORDS_PER_TURN === 0) await nextTurn()
        analyseOrQuarantine(record)
        logTimeMs = Math.max(logTimeMs, record.timestamp)
      }
      processed[inputTopic(last)] = last.offset + 1
      if (fresh.length > 0) {
        lag.at(batch.topic, partition, last.offset + 1)
        behindUntil[inputTopic(last)] = Math.max(behindUntil[inputTopic(last)] ?? 0, batch.next)
        metrics.latencyMs.observe({ step: 'append-to-analysed' }, Math.max(0, now() - last.timestamp))
      }
      // Not waited for: meanwhile the next partition is analysed. Where it fails, what is left stays in the outbox, and the next batch or round says so.
      void flush().catch(() => undefined)
    },
    tick: async (nowMs) => {
      if (performance.now() - tickedAtMs > STOOD_STILL_MS) await lookBehind()
      tickedAtMs = performance.now()
      const behind = isBehind()
      const timeMs = behind ? logTimeMs : nowMs
      if (timeMs === 0) return
      // A clock that was set back: silence counts from now, not from when the old time is reached again.
      if (!behind) watchingSinceMs = Math.min(watchingSinceMs, nowMs)
      for (const [patient, entry] of entries) {
        entry.journal.step(['tick', timeMs, watchingSinceMs])
        emit(patient, entry, entry.analysis.monitor.tick(timeMs, watchingSinceMs))
      }
      await flush()
    },
    refresh: (patients) => {
      for (const patient of patients) {
        const context = deps.context(patient)
        const entry = entries.get(patient)
        // One that nobody has heard of yet is watched too: a device that never sends is missed.
        if (entry === undefined) {
          if (context.devices.length > 0) newEntry(patient)
        } else if (!sameContext(entry.analysis.monitor.context, context)) {
          emit(patient, entry, setContext(entry, context))
          entry.changed = true
        }
      }
      for (const [patient, entry] of entries) {
        const context = deps.context(patient)
        const { devices } = entry.analysis.monitor.context
        if (context === UNKNOWN_PATIENT && devices.length > 0) setContext(entry, context)
      }
    },
    save: (all) => saving(() => saveNow(all)),
  }
}

/** The records of each key together, in their order. */
function byPatient(records: readonly StoredRecord[]): StoredRecord[] {
  const groups = new Map<string, StoredRecord[]>()
  for (const record of records) {
    const group = groups.get(record.key)
    if (group === undefined) groups.set(record.key, [record])
    else group.push(record)
  }
  return [...groups.values()].flat()
}

function sameContext(a: PatientContext, b: PatientContext): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
