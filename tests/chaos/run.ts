import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEventLog } from '@pulsewire/event-log'
import { startFleet, type Credential, type RunningFleet } from '@pulsewire/fleet'
import { createRandom } from '@pulsewire/wearable'
import { startInflux, startKafka, type LocalInfluxdb, type LocalKafka } from '../../infra/local/index.ts'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { startStation, temporaryDirectory } from '../support/station.ts'
import { startSystem, type Counts } from '../support/system.ts'
import { createAckWatch } from './ack-watch.ts'
import { disturb, type Disturbance } from './disturb.ts'
import { checkTelemetry, unreadPartitions, type LogReport } from './log-check.ts'
import { engineTarget, keepServices, type Target } from './targets.ts'
import { startTroublemaker, type Troublemaker } from './troublemaker.ts'
import { compareWard, type Difference } from './compare.ts'
import { admitWard, scriptedWard } from './ward.ts'

export interface ChaosOptions {
  /** How long the scripted patients live, s. */
  readonly seconds: number
  /** Messages a second of the load beside them, over all its devices. */
  readonly rate: number
  readonly devices: number
  readonly counts: Counts
  /** Does the damage, while data flows. Resolves when everything serves again. */
  readonly disturb: (scene: Scene) => Promise<void>
  readonly log: (line: string) => void
}

/** What there is to disturb. */
export interface Scene {
  readonly engines: readonly Target[]
  readonly services: readonly Target[]
  readonly onDone: (disturbance: Disturbance) => void
}

export interface ChaosReport {
  readonly disturbances: readonly (Disturbance & { readonly ackPauseMs: number })[]
  readonly published: number
  readonly resent: number
  /** Of the load and of the scripted ward. */
  readonly acked: number
  readonly log: LogReport
  /** Acknowledged nonsense, and how much of it is in the quarantine. */
  readonly nonsense: { readonly acked: number; readonly quarantined: number }
  readonly ledger: Record<string, number>
  readonly ledgerDifference: number
  readonly inGaps: number
  /** Partitions that stood still at the end. */
  readonly stuck: readonly string[]
  /** Against the undisturbed run. */
  readonly differences: readonly Difference[]
  /** What the comparison saw, so that nothing compared with nothing is not taken for equal. */
  readonly compared: { readonly beats: number; readonly findings: number; readonly alarms: number }
  /** Processes that ended without having been killed. */
  readonly crashes: Record<string, number>
  readonly settledAfterMs: number
}

/** What a disturbance does to the senders is looked for within so long. */
const ACK_WINDOW_MS = 30_000
const SETTLE_MS = 120_000

/**
 * Runs a whole system on a real Kafka and a real InfluxDB and, beside it, an embedded station that nobody disturbs. The same scripted patients wear a device in each.
 * The first one is disturbed while data flows; afterwards everything is compared, from outside.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { counts, devices, log, rate, seconds } = options
  const directory = temporaryDirectory()
  const ends: (() => Promise<unknown>)[] = [async () => directory.remove()]
  try {
    const kafka = await startKafka({ directory: join(directory.path, 'kafka'), temporary: true })
    ends.unshift(() => kafka.kill())
    const influx = await startInflux({ directory: join(directory.path, 'influx'), temporary: true })
    ends.unshift(() => influx.kill())
    log('Kafka and InfluxDB serve')
    const prefix = `c${randomBytes(4).toString('hex')}.`
    const system = await startSystem({ counts, env: environmentOf(kafka, influx, prefix), directory: directory.path })
    ends.unshift(() => system.stop())
    const reference = await startStation({ dataDirectory: join(directory.path, 'reference') })
    ends.unshift(() => reference.stop())
    log(`${system.services.length} services serve, and an undisturbed station beside them`)

    const api = await signIn(system)
    const referenceApi = await signIn(reference)
    const ward = scriptedWard(seconds)
    const startDisturbed = await admitWard({ mqttPort: system.mqttPort, api }, ward, seconds)
    const startReference = await admitWard({ mqttPort: reference.mqttPort, api: referenceApi }, ward, seconds)
    const ackWatch = createAckWatch()
    const fleet = startFleet({
      url: `mqtt://127.0.0.1:${system.mqttPort}`,
      credentials: await register(api, devices),
      vitalsPerSecond: rate / devices,
      blocksPerSecond: 0,
      recordAcked: true,
      onAcked: () => ackWatch.note(),
    })
    await fleet.connected(60_000)
    const trouble = await startTroublemaker(system.mqttPort, api)
    const startAt = Date.now()
    const patients = startDisturbed(startAt)
    const undisturbed = startReference(startAt)
    ends.unshift(() => Promise.all([...patients, ...undisturbed].map(({ node }) => node.kill())))

    const disturbances: Disturbance[] = []
    const keeper = keepServices(system, log)
    await options.disturb({
      engines: [engineTarget('kafka', kafka), engineTarget('influxdb', influx)],
      services: keeper.targets,
      onDone: (disturbance) => {
        disturbances.push(disturbance)
        const { how, label, downMs, readyMs } = disturbance
        log(`${disturbances.length}. ${how} ${label}, away ${downMs} ms, serves again after ${readyMs} ms`)
      },
    })
    log('no more disturbances; waiting for the end of the scripted patients')
    await Promise.all([...patients, ...undisturbed].map(({ node }) => node.finished))
    const calmAt = performance.now()
    await trouble.stop()
    await fleet.stop({ drainMs: 60_000 })
    const acked = [...fleet.acked]
    const wardAcked = patients.reduce((sum, { node }) => sum + node.stats.acked, 0)
    const range = { from: startAt, to: startAt + seconds * 1000 }

    const kafkaLog = await openEventLog({
      kind: 'kafka',
      clientId: 'chaos',
      brokers: kafka.brokers,
      topicPrefix: prefix,
    })
    ends.unshift(() => kafkaLog.close())
    const settledApi = await signIn(system)
    const settledReference = await signIn(reference)
    const stuck = await settle(async () => [
      ...(await unreadPartitions(kafkaLog)),
      ...(await unrecorded(settledApi)),
      ...(await unrecorded(settledReference)),
    ])
    const settledAfterMs = Math.round(performance.now() - calmAt)
    log(`settled ${settledAfterMs} ms after the last message; comparing`)
    const ledger = await settledApi.call<Record<string, number>>('GET', '/ledger')
    const { accepted = 0, duplicates = 0, stored = 0, quarantined = 0, inLog = 0 } = ledger
    const { differences, compared } = await compareWard(settledReference, settledApi, patients, range)
    await keeper.stop()
    return {
      disturbances: disturbances.map((each) => ({
        ...each,
        ackPauseMs: ackWatch.longestPauseMs(
          each.at,
          // Not beyond the end of the load.
          Math.min(Math.max(ACK_WINDOW_MS, each.downMs + each.readyMs), calmAt - each.at),
        ),
      })),
      published: fleet.stats.published,
      resent: fleet.stats.resent,
      acked: acked.length + wardAcked + trouble.acked.good,
      log: await checkTelemetry(kafkaLog, acked),
      nonsense: { acked: trouble.acked.bad, quarantined: await countQuarantined(settledApi, trouble) },
      ledger,
      ledgerDifference: accepted - (duplicates + stored + quarantined + inLog),
      inGaps: await countInGaps(settledApi, fleet),
      stuck,
      differences,
      compared,
      crashes: keeper.crashes(),
      settledAfterMs,
    }
  } finally {
    for (const end of ends) await end().catch((error: unknown) => log(`at the end: ${String(error)}`))
  }
}

/** Two lanes of disturbances at random, one for the engines and one for the services, until `kills` processes were killed. */
export function randomKills(kills: number, seed: string): ChaosOptions['disturb'] {
  return async ({ engines, services, onDone }) => {
    const random = createRandom(seed)
    let left = kills
    const common = { takeTurn: () => left-- > 0, onDone, pauses: 0.15 }
    const [first, second] = [random.fork('engines'), random.fork('services')]
    await Promise.all([
      disturb({ ...common, targets: engines, random: first, gapMs: [6_000, 16_000], downMs: [0, 4_000] }),
      disturb({ ...common, targets: services, random: second, gapMs: [200, 2_500], downMs: [0, 3_000] }),
    ])
  }
}

/** The environment of services on these engines. */
function environmentOf(kafka: LocalKafka, influx: LocalInfluxdb, prefix: string): Record<string, string> {
  return {
    PULSEWIRE_LOG: 'kafka',
    PULSEWIRE_KAFKA_BROKERS: kafka.brokers.join(),
    PULSEWIRE_KAFKA_TOPIC_PREFIX: prefix,
    PULSEWIRE_STORE: 'influxdb',
    PULSEWIRE_INFLUX_URL: influx.url,
    PULSEWIRE_INFLUX_TOKEN: influx.token,
    PULSEWIRE_INFLUX_ORG: influx.org,
    PULSEWIRE_INFLUX_BUCKET: influx.bucket,
  }
}

async function register(api: ApiClient, devices: number): Promise<Credential[]> {
  const credentials: Credential[] = []
  for (let index = 0; index < devices; index++) {
    credentials.push((await admit(api, { patient: `Sender ${index}`, device: `sender-${index}` })).credential)
  }
  return credentials
}

/** Asks until nothing is left; answers what is, after the patience. */
async function settle(ask: () => Promise<string[]>): Promise<string[]> {
  const deadline = performance.now() + SETTLE_MS
  for (;;) {
    const left = await ask()
    if (left.length === 0 || performance.now() > deadline) return left
    await sleep(500)
  }
}

async function unrecorded(api: ApiClient): Promise<string[]> {
  const { inLog = 0 } = await api.call<Record<string, number>>('GET', '/ledger')
  return inLog === 0 ? [] : [`${inLog} messages are not recorded yet`]
}

async function countQuarantined(api: ApiClient, { device }: Troublemaker): Promise<number> {
  const ids = new Set<string>()
  for (let from: number | undefined = 0; from !== undefined;) {
    const page: { quarantine: { id: string }[]; next?: number } = await api.call(
      'GET',
      `/quarantine?device=${device}&from=${from}`,
    )
    for (const { id } of page.quarantine) ids.add(id)
    from = page.next
  }
  return ids.size
}

/** Acknowledged messages that lie in a gap. */
async function countInGaps(api: ApiClient, { acked }: RunningFleet): Promise<number> {
  let count = 0
  for (const asked of new Set(acked.map(({ device }) => device))) {
    const { gaps } = await api.call<{ gaps: { boot: string; from: number; to: number }[] }>(
      'GET',
      `/devices/${asked}/gaps`,
    )
    for (const { device, boot, seq } of acked) {
      if (device === asked && gaps.some((gap) => gap.boot === boot && gap.from <= seq && seq <= gap.to)) count += 1
    }
  }
  return count
}
