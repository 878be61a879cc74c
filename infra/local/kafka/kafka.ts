import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../engine-process.ts'
import { freePort, freePortNear } from '../ports.ts'
import { classArchive } from './class-archive.ts'
import { installKafka } from './install.ts'
import { kafkaProcess } from './process.ts'
import type { KafkaPorts } from './properties.ts'
import { secureListener, type ClientTls, type KafkaSecurity } from './security.ts'

export interface KafkaOptions extends KafkaSecurity {
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
  /** Where it wants TLS. */
  readonly tls?: ClientTls
}

/** Everything that `startKafka` needs, fetched; answers the classpath and the archive of classes. */
export async function fetchKafka(): Promise<{ classpath: string; archive: string }> {
  const classpath = await installKafka()
  return { classpath, archive: await classArchive(classpath) }
}

export async function startKafka(options: KafkaOptions): Promise<LocalKafka> {
  const { classpath, archive } = await fetchKafka()
  const ports = await portsOf(options)
  const { directory, advertised, tls, sasl, outlives, temporary } = options
  const secured =
    tls === undefined && sasl === undefined
      ? undefined
      : await secureListener(directory, { ...(tls && { tls }), ...(sasl && { sasl }) })
  const engine = await kafkaProcess({
    directory,
    classpath,
    ports,
    ...(advertised === undefined ? {} : { advertised }),
    settings: { ...secured?.settings, ...options.settings },
    format: secured?.format ?? [],
    jvm: [`-XX:SharedArchiveFile=${archive}`],
    client: secured?.client ?? {},
    ...(outlives === undefined ? {} : { outlives }),
    ...(temporary === undefined ? {} : { temporary }),
  })
  await engine.start()
  const reached = { brokers: [`127.0.0.1:${ports.client}`], port: ports.client }
  return Object.assign(engine, reached, secured?.tls === undefined ? {} : { tls: secured.tls })
}

async function portsOf({ directory, port }: KafkaOptions): Promise<KafkaPorts> {
  const file = join(directory, 'ports')
  if (!existsSync(file)) {
    const wished = (offset: number): Promise<number> => (port === undefined ? freePort() : freePortNear(port + offset))
    const ports = [await wished(0), await wished(1), await wished(2)]
    mkdirSync(directory, { recursive: true })
    writeFileSync(file, `${ports.join(' ')}\n`)
  }
  const [client, controller, internal] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
  if (client === undefined || controller === undefined || internal === undefined) {
    throw new Error(`${file} does not name three ports: remove ${directory}`)
  }
  return { client, controller, internal }
}
