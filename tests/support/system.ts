import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startBalancer, type Balancer } from './balancer.ts'
import { startService, type ServiceName, type TestService } from './services.ts'

/** How many processes of each service. */
export type Counts = Readonly<Partial<Record<ServiceName, number>>>

/** A whole system of services that run alone, on engines that they share. */
export interface TestSystem {
  /** Where devices connect: a load balancer before the brokers that run. */
  readonly mqttPort: number
  /** Of the first API. */
  readonly url: string
  readonly services: readonly TestService[]
  of(name: ServiceName): readonly TestService[]
  /** One more of a service. */
  add(name: ServiceName): Promise<TestService>
  stop(): Promise<void>
}

const ORDER: readonly ServiceName[] = ['api', 'recorder', 'alarm-manager', 'detector', 'broker', 'bridge']

/** Starts so many of each service with `env` (the engines'), each with a data directory of its own below `directory`. */
export async function startSystem(options: {
  readonly counts: Counts
  readonly env: Readonly<Record<string, string>>
  readonly directory: string
}): Promise<TestSystem> {
  const { counts, env, directory } = options
  const services: TestService[] = []
  let balancer: Balancer | undefined
  const of = (name: ServiceName): TestService[] => services.filter((service) => service.name === name)
  const add = async (name: ServiceName): Promise<TestService> => {
    const own = join(directory, `${name}-${randomBytes(4).toString('hex')}`)
    mkdirSync(own, { recursive: true })
    const service = await startService(name, { env: { PULSEWIRE_DATA_DIR: own, ...env } })
    services.push(service)
    return service
  }
  const stop = async (): Promise<void> => {
    await balancer?.stop()
    // In the order of flow, so that each finds the next one there.
    for (const name of ORDER.toReversed()) await Promise.all(of(name).map((service) => service.stop()))
  }
  try {
    for (const name of ORDER) {
      // The first alone: it makes the topics.
      for (let index = 0; index < (counts[name] ?? 0); index++) await add(name)
    }
    balancer = await startBalancer(() =>
      of('broker').flatMap(({ pid, ready }) => (pid === undefined ? [] : [ready.mqttPort ?? 0])),
    )
  } catch (error) {
    await stop()
    throw error
  }
  const { port } = balancer
  return {
    mqttPort: port,
    get url() {
      return `http://127.0.0.1:${of('api')[0]?.ready.httpPort}`
    },
    services,
    of,
    add,
    stop,
  }
}

/** The environment of services on the engines that `npm run test:engines` started: topics and a bucket of their own. */
export function sharedEngines(): { env: Record<string, string>; prefix: string } {
  const prefix = `t${randomBytes(5).toString('hex')}.`
  return {
    prefix,
    env: {
      PULSEWIRE_LOG: 'kafka',
      PULSEWIRE_KAFKA_BROKERS: given('PULSEWIRE_TEST_KAFKA_BROKERS'),
      PULSEWIRE_KAFKA_TOPIC_PREFIX: prefix,
      PULSEWIRE_STORE: 'influxdb',
      PULSEWIRE_INFLUX_URL: given('PULSEWIRE_TEST_INFLUX_URL'),
      PULSEWIRE_INFLUX_TOKEN: given('PULSEWIRE_TEST_INFLUX_TOKEN'),
      PULSEWIRE_INFLUX_ORG: given('PULSEWIRE_TEST_INFLUX_ORG'),
      PULSEWIRE_INFLUX_BUCKET: prefix.slice(0, -1),
    },
  }
}

/** Makes the bucket that `env` names, by the command that operators use. */
export async function setUpBucket(env: Readonly<Record<string, string>>): Promise<void> {
  const command = join(import.meta.dirname, '../../services/recorder/dist/setup-influx.js')
  await promisify(execFile)(process.execPath, [command], { env: { ...process.env, ...env } })
}

function given(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run this through npm run test:engines`)
  return value
}
