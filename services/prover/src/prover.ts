import { decodeJson } from '@pulsewire/codec'
import {
  PROOF_PATIENT,
  PROOF_STAGES,
  SYSTEM_PATIENT,
  alarmEvent,
  errorCodeOf,
  finding,
  heartbeatRecord,
  type Finding,
  type LogTopic,
  type ProofRecord,
  type ProofStage,
} from '@pulsewire/contracts'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { Logger, Metrics, Running } from '@pulsewire/runtime'
import { z } from 'zod'
import { startProofDevice } from './proof-device.ts'
import { brokenFinding, findingRecord, findingsLeftOpen, mended, proofRecordOf } from './reports.ts'
import { createStageWatch } from './stage-watch.ts'

/** How often a proof under way is looked for. */
const LOOK_MS = 250
/** A proof may take so much longer than the time between two before a stage is called broken. */
const PATIENCE = 1.5
const API_WITHIN_MS = 2_000
/** Detectors speak every 2 s. */
const HEARTBEAT_WITHIN_MS = 6_000
/** The group of the recorder: what it has committed is in the store. */
const RECORDER_GROUP = 'recorder'

const apiAnswer = z.object({ sentAt: z.number().optional() })
const evidence = z.object({ sentAt: z.number() })

export interface ProverDeps {
  readonly log: EventLog
  readonly registry: RegistryView
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now?: () => number
}

export interface ProverOptions {
  /** `mqtt://…` or `mqtts://…` of the broker. */
  readonly mqttUrl: string
  /** Of the API; without it, that stage is not watched. */
  readonly apiUrl?: string | undefined
  /** How often a proof is sent, ms. */
  readonly everyMs: number
}

/**
 * Sends a synthetic patient's proof through the whole system again and again and watches how far it comes: what no proof passes is named, as a
 * finding of the system and in the record that the screens' state is made from. One at a time.
 */
export async function startProver(deps: ProverDeps, options: ProverOptions): Promise<Running> {
  const { log, registry, logger, metrics, now = Date.now } = deps
  const { everyMs, apiUrl } = options
  const report = (error: unknown): void => {
    metrics.errors.inc({ code: errorCodeOf(error) })
    logger.warn({ err: error }, 'proving')
  }
  const left = await findingsLeftOpen(log, report)
  const device = await startProofDevice(registry, { url: options.mqttUrl, now, onError: report })
  const stages = PROOF_STAGES.filter((stage) => stage !== 'api' || apiUrl !== undefined)
  const watch = createStageWatch(stages, PATIENCE * everyMs, now())
  const findings = await followPartition(log, 'findings', PROOF_PATIENT)
  const alarms = await followPartition(log, 'alarms', PROOF_PATIENT)
  const system = await followPartition(log, 'findings', SYSTEM_PATIENT)

  /** The proof under way, and where its finding stands in the log. */
  let sentAt = 0
  let found: { readonly offset: number; readonly sentAt: number } | undefined
  let open: Finding | undefined
  let reportedAt = 0
  /** When a detector last said that it watches the synthetic patient's partition. */
  let watchedAt = 0

  const lookAtLog = async (): Promise<void> => {
    const asked = sentAt
    for (const record of await findings.next()) {
      if (record.headers['kind'] !== 'finding') continue
      const { type, evidence: said } = finding.parse(decodeJson(record.value ?? new Uint8Array()))
      if (type !== 'proof') continue
      found = { offset: record.offset, ...evidence.parse(said) }
      watch.passed('detector', found.sentAt)
    }
    watch.passed('log', asked)
    for (const record of await system.next()) {
      if (record.headers['kind'] !== 'heartbeat') continue
      const { partitions } = heartbeatRecord.parse(decodeJson(record.value ?? new Uint8Array()))
      if (partitions.includes(findings.partition)) watchedAt = now()
    }
    for (const record of await alarms.next()) {
      const { alarm } = alarmEvent.parse(decodeJson(record.value ?? new Uint8Array()))
      if (alarm?.type === 'proof') watch.passed('alarm-manager', evidence.parse(alarm.evidence).sentAt)
    }
    if (found === undefined) return
    const recorded = await log.committed(RECORDER_GROUP, 'findings')
    const position = recorded.find(({ partition }) => partition === findings.partition)
    if ((position?.offset ?? 0) > found.offset) watch.passed('recorder', found.sentAt)
  }
  const lookAtApi = async (): Promise<void> => {
    if (apiUrl === undefined) return
    const answer = await fetch(new URL('/api/v1/proof', apiUrl), { signal: AbortSignal.timeout(API_WITHIN_MS) })
    const { sentAt: seen } = apiAnswer.parse(await answer.json())
    if (seen !== undefined) watch.passed('api', seen)
  }
  /** Detectors that say nothing at all are the alarm manager's to tell of: one thing rings once. */
  const isToldAlready = (stage: ProofStage, at: number): boolean =>
    stage === 'detector' && at - watchedAt > HEARTBEAT_WITHIN_MS
  /** Says what it sees: at once where something changed, else with each proof. */
  const tell = async (): Promise<void> => {
    const at = now()
    const broken = watch.brokenAt(at)
    const next =
      broken === undefined || isToldAlready(broken.stage, at)
        ? undefined
        : brokenFinding(broken.stage, broken.since, at)
    const changed = next?.evidence['stage'] !== open?.evidence['stage']
    if (!changed && at - reportedAt < everyMs && at >= reportedAt) return
    const proof: ProofRecord = { at, everyMs, passed: { ...watch.newest }, ...(broken === undefined ? {} : { broken }) }
    const over = changed && open !== undefined ? [open] : []
    const records = [
      proofRecordOf(proof),
      ...[...left, ...over].map((finding) => findingRecord(mended(finding, at))),
      ...(changed && next !== undefined ? [findingRecord(next)] : []),
    ]
    await log.append('findings', records)
    left.length = 0
    open = changed ? next : open
    reportedAt = at
  }

  /** One at a time: what waits for a log that is away is not asked again and again. */
  const single = (work: () => Promise<void>): (() => void) => {
    let running = false
    return () => {
      if (running) return
      running = true
      void work()
        .catch(report)
        .finally(() => (running = false))
    }
  }
  const send = single(async () => {
    const at = now()
    sentAt = at
    if (await device.send(at)) watch.passed('broker', at)
  })
  const looks = [single(lookAtLog), single(lookAtApi), single(tell)]
  const sending = setInterval(send, everyMs)
  const looking = setInterval(() => looks.forEach((look) => look()), Math.min(LOOK_MS, everyMs / 4))
  send()
  metrics.beforeLook(async () => {
    const ages = stages.map((stage) => now() - (watch.newest[stage] ?? now()))
    stages.forEach((stage, index) => metrics.queue.set({ name: `proof-age-ms-${stage}` }, ages[index] ?? 0))
  })

  return {
    health: () => {
      const broken = watch.brokenAt(now())
      return broken === undefined
        ? { ok: true, detail: 'proofs go through' }
        : { ok: false, detail: `no proof passes: ${broken.stage}` }
    },
    stop: async () => {
      clearInterval(sending)
      clearInterval(looking)
      await device.stop()
      // Who stops on purpose is not missed; where the log does not take it, the screens' own clocks say that proofs ended.
      await log.append('findings', [proofRecordOf({ at: now(), everyMs: 0, passed: {} })]).catch(report)
    },
  }
}

/** The records of a key in its partition of a topic, from now on. */
async function followPartition(
  log: EventLog,
  topic: LogTopic,
  of: string,
): Promise<{ readonly partition: number; next(): Promise<StoredRecord[]> }> {
  const partition = log.partitionOf(topic, of)
  let from = (await log.ends(topic)).find((end) => end.partition === partition)?.next ?? 0
  return {
    partition,
    next: async () => {
      const own: StoredRecord[] = []
      for await (const records of log.read(topic, partition, { from })) {
        own.push(...records.filter(({ key, value }) => key === of && value !== null))
        from = (records.at(-1)?.offset ?? from - 1) + 1
      }
      return own
    },
  }
}
