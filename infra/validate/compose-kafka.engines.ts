// Compose's environment for Kafka, given to the program that the image starts with (it is in Kafka's own jar): what it makes of it is a
// configuration with which that Kafka starts, and our log opens.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEventLog } from '@pulsewire/event-log'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../local/command.ts'
import { createEngine, type Engine } from '../local/engine-process.ts'
import { installKafka } from '../local/kafka/install.ts'
import { askKafka } from '../local/kafka/ready.ts'
import { freePort } from '../local/ports.ts'
import { ROOT, readYaml, treeAt } from './tree.ts'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-compose-kafka-'))
const at = (name: string): string => join(directory, name)
const LOGGING = join(ROOT, 'infra/local/kafka/log4j2.yaml')
let environment: Record<string, string>
let broker: string
let engine: Engine | undefined

beforeAll(async () => {
  const [client, controller] = [String(await freePort()), String(await freePort())]
  broker = `127.0.0.1:${client}`
  const given = Object.entries(treeAt(readYaml('infra/compose.yaml'), 'services', 'kafka', 'environment'))
  environment = {
    ...Object.fromEntries(
      given.map(([name, value]) => [
        name,
        // The container's name and ports, on this machine.
        String(value).replaceAll('//kafka:', '//127.0.0.1:').replaceAll('9092', client).replaceAll('9093', controller),
      ]),
    ),
    CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    KAFKA_LOG_DIRS: at('data'),
  }
  const classpath = await installKafka()
  for (const name of ['default', 'mounted', 'final']) mkdirSync(at(name))
  writeFileSync(join(at('default'), 'server.properties'), '')
  for (const name of ['log4j2.yaml', 'tools-log4j2.yaml']) copyFileSync(LOGGING, join(at('default'), name))
  const folders = ['default', 'mounted', 'final'].flatMap((name) => [`--${name}-configs-dir`, at(name)])
  await run('java', ['-cp', classpath, 'kafka.docker.KafkaDockerWrapper', 'setup', ...folders], {
    env: { PATH: process.env['PATH'], ...environment },
  })
  engine = createEngine({
    name: 'kafka',
    directory,
    command: 'java',
    args: [
      '-cp',
      classpath,
      '-Xmx512m',
      `-Dlog4j2.configurationFile=${LOGGING}`,
      'kafka.Kafka',
      `${at('final')}/server.properties`,
    ],
    ready: () => askKafka({ brokers: [broker] }),
    temporary: true,
  })
  await engine.start()
})
afterAll(async () => {
  await engine?.kill()
  rmSync(directory, { recursive: true, force: true })
})

describe("compose's Kafka", () => {
  it('is told each setting under its own name', () => {
    const properties = readFileSync(join(at('final'), 'server.properties'), 'utf8').split('\n')
    const told = Object.entries(environment).filter(([name]) => /^KAFKA_(?!HEAP_OPTS)/.test(name))
    expect(told.length).toBeGreaterThan(15)
    for (const [name, value] of told) {
      expect(properties).toContain(`${name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.')}=${value}`)
    }
  })

  it('keeps what our log appends', async () => {
    const log = await openEventLog({ kind: 'kafka', brokers: [broker], clientId: 'compose', partitions: 12 })
    const [position] = await log.append('audit', [{ key: 'k', value: new Uint8Array([1]), headers: {} }])
    expect(position).toMatchObject({ topic: 'audit', offset: 0 })
    await log.close()
  })
})
