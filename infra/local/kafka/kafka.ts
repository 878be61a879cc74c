import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../engine-process.ts'
import { freePort, freePortNear } from '../ports.ts'
import { classArchive } from './class-archive.ts'
import { installKafka } from './install.ts'
import { kafkaProcess } from './process.ts'

export interface KafkaOptions {
  /** Data, log, settings. What is there already is kept and used, with its ports. */
  readonly directory: string
  /** Wished client port of new data; another is taken where it is not free. Default any. */
  readonly port?: number
  /** host:port that clients are told to come back to (a proxy before the broker). Default the broker's own. */
  readonly advertised?: string
  /** Further settings of server.properties. */
  readonly settings?: Readonly<Record<string, string>>
  readonly outlives?: boolean
  readonly temporary?: boolean
}

/** A running Kafka of one broker. */
export interface LocalKafka extends Engine {
  /** host:port */
  readonly brokers: readonly string[]
  readonly port: number
}

interface Ports {
  readonly clientPort: number
  readonly controllerPort: number
}

/** Everything that `startKafka` needs, fetched; answers the classpath and the archive of classes. */
export async function fetchKafka(): Promise<{ classpath: string; archive: string }> {
  const classpath = await installKafka()
  return { classpath, archive: await classArchive(classpath) }
}

export async function startKafka(options: KafkaOptions): Promise<LocalKafka> {
  const { classpath, archive } = await fetchKafka()
  const { clientPort, controllerPort } = await portsOf(options)
  const { advertised, settings, outlives, temporary } = options
  const engine = await kafkaProcess({
    directory: options.directory,
    classpath,
    listeners: { clientPort, controllerPort, ...(advertised === undefined ? {} : { advertised }) },
    jvm: [`-XX:SharedArchiveFile=${archive}`],
    ...(settings === undefined ? {} : { settings }),
    ...(outlives === undefined ? {} : { outlives }),
    ...(temporary === undefined ? {} : { temporary }),
  })
  await engine.start()
  return Object.assign(engine, { brokers: [`127.0.0.1:${clientPort}`], port: clientPort })
}

/** The data knows the controller by its port, so both stay what they were. */
async function portsOf({ directory, port }: KafkaOptions): Promise<Ports> {
  const file = join(directory, 'ports')
  if (existsSync(file)) {
    const [clientPort, controllerPort] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
    if (clientPort !== undefined && controllerPort !== undefined) return { clientPort, controllerPort }
  }
  const clientPort = port === undefined ? await freePort() : await freePortNear(port)
  const controllerPort = port === undefined ? await freePort() : await freePortNear(port + 1)
  mkdirSync(directory, { recursive: true })
  writeFileSync(file, `${clientPort} ${controllerPort}\n`)
  return { clientPort, controllerPort }
}
