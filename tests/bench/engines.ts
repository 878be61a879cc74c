import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEventLog } from '@pulsewire/event-log'
import { startFleet, type Credential } from '@pulsewire/fleet'
import { openEmbeddedVitalsStore, openInfluxVitalsStore } from '@pulsewire/vitals-store'
import { startInflux, startKafka } from '../../infra/local/index.ts'
import { startService } from '../support/services.ts'
import { temporaryDirectory } from '../support/station.ts'
import { startSystem } from '../support/system.ts'
import { registerWearables } from './bed/wearables.ts'
import { cpuSecondsOf, spread } from './cpu.ts'
import { measureWrites, type WriteRound } from './store-writes.ts'

// `npm run bench:engines`: what broker and ingest cost on the embedded log and on Kafka, taken in turn, and what the whole system costs with no device.

const ROUNDS = 3
const DEVICES = 50
const SECONDS = 8
const WARM_UP_MS = 2_000
const PACED_PER_SECOND = 1_000
const FULL_SPEED_PER_SECOND = 100_000
const WRITE_SECONDS = 20
const IDLE_SECONDS = 60

interface Round {
  readonly perSecond: number
  readonly brokerCpuS: number
  readonly engineCpuS: number
  readonly p50: number
  readonly p99: number
}

/** One broker alone under load; `perSecond` over all devices. */
async function measure(
  env: Record<string, string>,
  credentials: readonly Credential[],
  perSecond: number,
  enginePid: number | undefined,
): Promise<Round> {
  const broker = await startService('broker', { env })
  const fleet = startFleet({
    url: `mqtt://127.0.0.1:${broker.ready.mqttPort}`,
    credentials,
    vitalsPerSecond: perSecond / DEVICES,
    blocksPerSecond: 0,
  })
  await fleet.connected(30_000)
  await sleep(WARM_UP_MS)
  const before = { acked: fleet.stats.acked, broker: cpuSecondsOf(broker.pid ?? 0), engine: engineCpu(enginePid) }
  const startedAt = performance.now()
  await sleep(SECONDS * 1000)
  const acked = fleet.stats.acked - before.acked
  const per100k = 100_000 / acked
  const round = {
    perSecond: (acked * 1000) / (performance.now() - startedAt),
    brokerCpuS: (cpuSecondsOf(broker.pid ?? 0) - before.broker) * per100k,
    engineCpuS: (engineCpu(enginePid) - before.engine) * per100k,
    p50: fleet.stats.pubackMs.p50,
    p99: fleet.stats.pubackMs.p99,
  }
  await fleet.stop()
  await broker.stop()
  return round
}

const engineCpu = (pid: number | undefined): number => (pid === undefined ? 0 : cpuSecondsOf(pid))

const directory = temporaryDirectory()
const kafka = await startKafka({ directory: join(directory.path, 'kafka'), temporary: true })
const influx = await startInflux({ directory: join(directory.path, 'influx'), temporary: true })
const kafkaEnv = { PULSEWIRE_LOG: 'kafka', PULSEWIRE_KAFKA_BROKERS: kafka.brokers.join() }
try {
  const embeddedEnv = { PULSEWIRE_DATA_DIR: join(directory.path, 'embedded') }
  const embedded = await openEventLog({ kind: 'embedded', directory: join(directory.path, 'embedded', 'log') })
  const onEmbedded = await registerWearables(embedded, DEVICES)
  await embedded.close()
  const kafkaLog = await openEventLog({ kind: 'kafka', clientId: 'bench', brokers: kafka.brokers })
  const onKafka = await registerWearables(kafkaLog, DEVICES)
  await kafkaLog.close()
  const engines = [
    {
      name: 'embedded log',
      env: embeddedEnv,
      credentials: onEmbedded.map(({ credential }) => credential),
      pid: undefined,
    },
    {
      name: 'Kafka',
      env: { ...kafkaEnv, PULSEWIRE_DATA_DIR: join(directory.path, 'on-kafka') },
      credentials: onKafka.map(({ credential }) => credential),
      pid: kafka.pid,
    },
  ]
  for (const [what, perSecond] of [
    [`paced, ${PACED_PER_SECOND} messages/s`, PACED_PER_SECOND],
    ['as fast as it goes', FULL_SPEED_PER_SECOND],
  ] as const) {
    console.log(
      `broker and ingest, ${DEVICES} devices, QoS 1, durable before PUBACK, ${what}; median [least–most] of ${ROUNDS}:`,
    )
    const rounds = engines.map((): Round[] => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, { env, credentials, pid }] of engines.entries()) {
        rounds[index]?.push(await measure(env, credentials, perSecond, pid))
      }
    }
    for (const [index, { name }] of engines.entries()) {
      const all = rounds[index] ?? []
      console.log(
        `  ${name.padEnd(13)} ${spread(all.map((each) => each.perSecond))} msg/s, CPU s per 100,000: broker ${spread(
          all.map((each) => each.brokerCpuS),
          2,
        )}, ` +
          `Kafka ${spread(
            all.map((each) => each.engineCpuS),
            2,
          )}; PUBACK p50 ${spread(
            all.map((each) => each.p50),
            1,
          )} ms, p99 ${spread(
            all.map((each) => each.p99),
            1,
          )} ms`,
      )
    }
    const ratios = (rounds[1] ?? []).map((each, index) => each.brokerCpuS / (rounds[0]?.[index]?.brokerCpuS ?? NaN))
    console.log(`  CPU of the broker, Kafka / embedded: ${spread(ratios, 2)}`)
  }

  const stores = [
    {
      name: 'embedded store',
      store: await openEmbeddedVitalsStore({ directory: join(directory.path, 'store') }),
      pid: undefined,
    },
    {
      name: 'InfluxDB',
      store: await openInfluxVitalsStore({
        url: influx.url,
        token: influx.token,
        org: influx.org,
        bucket: influx.bucket,
      }),
      pid: influx.pid,
    },
  ]
  const writeRounds = stores.map((): WriteRound[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { store, pid }] of stores.entries()) {
      writeRounds[index]?.push(await measureWrites(store, round * WRITE_SECONDS, WRITE_SECONDS, pid))
    }
  }
  console.log(
    `writes of the recorder, 1,000 messages each (500 blocks of 250 samples, 2,500 vitals); median [least–most] of ${ROUNDS}:`,
  )
  for (const [index, { name, store }] of stores.entries()) {
    const all = writeRounds[index] ?? []
    console.log(
      `  ${name.padEnd(14)} ${spread(all.map((each) => each.perSecond))} messages/s, CPU s per 100,000: recorder ${spread(
        all.map((each) => each.ownCpuS),
        1,
      )}, ` +
        `InfluxDB ${spread(
          all.map((each) => each.engineCpuS),
          1,
        )}`,
    )
    await store.close()
  }
  console.log('  (on InfluxDB, the two messages of a wearable’s second are 8 lines)')

  const system = await startSystem({
    counts: { api: 1, recorder: 1, 'alarm-manager': 1, detector: 1, broker: 1 },
    env: {
      ...kafkaEnv,
      PULSEWIRE_KAFKA_TOPIC_PREFIX: 'idle.',
      PULSEWIRE_STORE: 'influxdb',
      PULSEWIRE_INFLUX_URL: influx.url,
      PULSEWIRE_INFLUX_TOKEN: influx.token,
      PULSEWIRE_INFLUX_ORG: influx.org,
      PULSEWIRE_INFLUX_BUCKET: influx.bucket,
    },
    directory: directory.path,
  })
  await sleep(10_000)
  const processes = [
    ...system.services.map(({ label, pid }) => ({ label, pid: pid ?? 0 })),
    { label: 'Kafka', pid: kafka.pid ?? 0 },
    { label: 'InfluxDB', pid: influx.pid ?? 0 },
  ]
  const before = processes.map(({ pid }) => cpuSecondsOf(pid))
  await sleep(IDLE_SECONDS * 1000)
  const used = processes.map(({ label, pid }, index) => ({ label, cpuS: cpuSecondsOf(pid) - (before[index] ?? 0) }))
  const total = used.reduce((sum, { cpuS }) => sum + cpuS, 0)
  console.log(
    `the whole system with no device, ${IDLE_SECONDS} s: ${((100 * total) / IDLE_SECONDS).toFixed(1)} % of a core`,
  )
  for (const { label, cpuS } of used) console.log(`  ${label.padEnd(18)} ${((100 * cpuS) / IDLE_SECONDS).toFixed(1)} %`)
  await system.stop()
} finally {
  await influx.kill()
  await kafka.kill()
  directory.remove()
}
