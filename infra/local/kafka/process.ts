import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { KafkaConfig } from 'kafkajs'
import { run } from '../command.ts'
import { createEngine, type Engine } from '../engine-process.ts'
import { serverProperties, type KafkaPorts } from './properties.ts'
import { askKafka } from './ready.ts'

const LOGGING = join(import.meta.dirname, 'log4j2.yaml')
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw'
/** One broker on a small machine: little memory, little compiling. */
const JVM = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

export interface KafkaProcessOptions {
  readonly directory: string
  readonly classpath: string
  readonly ports: KafkaPorts
  /** host:port that clients are told to come back to; default the broker's own. A proxy's, say. */
  readonly advertised?: string
  readonly settings?: Readonly<Record<string, string>>
  /** Further arguments of `StorageTool format`. */
  readonly format?: readonly string[]
  readonly jvm?: readonly string[]
  /** How the readiness check connects, where not in the clear. */
  readonly client?: Pick<KafkaConfig, 'ssl' | 'sasl'>
  readonly outlives?: boolean
  readonly temporary?: boolean
}

/** A broker on `directory`, formatted where it is new; not yet started. */
export async function kafkaProcess(options: KafkaProcessOptions): Promise<Engine> {
  const directory = resolve(options.directory)
  const dataDirectory = join(directory, 'data')
  const address = `127.0.0.1:${options.ports.client}`
  const propertiesFile = join(directory, 'server.properties')
  const jvm = [...JVM, `-Dlog4j2.configurationFile=${LOGGING}`, ...(options.jvm ?? [])]
  mkdirSync(directory, { recursive: true })
  writeFileSync(
    propertiesFile,
    serverProperties(dataDirectory, options.ports, options.advertised ?? address, options.settings ?? {}),
  )
  if (!existsSync(join(dataDirectory, 'meta.properties'))) {
    const tool = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', CLUSTER_ID, '-c', propertiesFile]
    await run('java', ['-cp', options.classpath, ...jvm, ...tool, ...(options.format ?? [])], { cwd: directory })
  }
  // A proxy that clients are told of need not be there yet.
  const proxied = options.advertised !== undefined
  const asked = proxied
    ? { brokers: [`127.0.0.1:${options.ports.internal}`] }
    : { brokers: [address], ...options.client }
  return createEngine({
    name: 'kafka',
    directory,
    command: 'java',
    args: ['-cp', options.classpath, ...jvm, 'kafka.Kafka', propertiesFile],
    ready: () => askKafka(asked),
    ...(options.outlives === undefined ? {} : { outlives: options.outlives }),
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
}
