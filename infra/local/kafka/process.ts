import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { KafkaConfig } from 'kafkajs'
import { run } from '../command.ts'
import { createEngine, type Engine } from '../engine-process.ts'
import { serverProperties, type KafkaListeners } from './properties.ts'
import { askKafka } from './ready.ts'

const LOGGING = join(import.meta.dirname, 'log4j2.yaml')
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw'
/** One broker on a small machine: little memory, little compiling. */
const JVM = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

export interface KafkaProcessOptions {
  readonly directory: string
  readonly classpath: string
  readonly listeners: KafkaListeners
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
  const propertiesFile = join(directory, 'server.properties')
  const jvm = [...JVM, `-Dlog4j2.configurationFile=${LOGGING}`, ...(options.jvm ?? [])]
  mkdirSync(directory, { recursive: true })
  writeFileSync(propertiesFile, serverProperties(dataDirectory, options.listeners, options.settings))
  if (!existsSync(join(dataDirectory, 'meta.properties'))) {
    const tool = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', CLUSTER_ID, '-c', propertiesFile]
    await run('java', ['-cp', options.classpath, ...jvm, ...tool, ...(options.format ?? [])], { cwd: directory })
  }
  const brokers = [`127.0.0.1:${options.listeners.clientPort}`]
  return createEngine({
    name: 'kafka',
    directory,
    command: 'java',
    args: ['-cp', options.classpath, ...jvm, 'kafka.Kafka', propertiesFile],
    ready: () => askKafka({ brokers, ...options.client }),
    ...(options.outlives === undefined ? {} : { outlives: options.outlives }),
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
}
