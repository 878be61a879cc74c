import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openEmbeddedEventLog } from '@pulsewire/event-log'
import { newDeviceSecret, openRegistryView } from '@pulsewire/registry'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { vitals } from '../testing/harness.ts'
import { signIn, type RawClient } from '../testing/raw-client.ts'

const MAIN = join(import.meta.dirname, '../../dist/main.js')
const PATIENCE = { timeout: 15_000, interval: 20 }
let directory: string
let deadPort: number
const running: ChildProcess[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-edge-'))
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  deadPort = typeof address === 'object' && address !== null ? address.port : 1
  server.close()
})
afterEach(async () => {
  for (const child of running.splice(0)) await kill(child)
  await rm(directory, { recursive: true, force: true })
})

/** A real broker; `away` = its log is a Kafka that nobody runs, else the embedded log in the same directory. */
async function start(away: boolean): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      PULSEWIRE_DATA_DIR: directory,
      PULSEWIRE_MQTT_PORT: '0',
      PULSEWIRE_MQTTS_PORT: '0',
      PULSEWIRE_SPOOL: '1',
      ...(away ? { PULSEWIRE_LOG: 'kafka', PULSEWIRE_KAFKA_BROKERS: `127.0.0.1:${deadPort}` } : {}),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  running.push(child)
  for await (const line of createInterface(child.stdout)) {
    const said: unknown = JSON.parse(line)
    if (typeof said === 'object' && said !== null && 'mqttPort' in said && typeof said.mqttPort === 'number') {
      child.stdout.resume()
      return { child, port: said.mqttPort }
    }
  }
  throw new Error('it ended before it was ready')
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function connect(port: number, password: Buffer): Promise<RawClient> {
  const { client, returnCode } = await signIn(port, { username: 'd1', password })
  expect(returnCode).toBe(0)
  return client
}

/** Sends until at least `count` are acknowledged; answers the seqs that were. */
async function stream(client: RawClient, from: number, count: number): Promise<number[]> {
  for (let seq = from; client.acknowledged.length < count; seq++) {
    client.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(seq), qos: 1, messageId: seq })
    if (seq % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return client.acknowledged
}

it('kill -9 while spooling, and while draining: what was acknowledged is in the log, in order, nothing is lost', async () => {
  const log = await openEmbeddedEventLog({ directory: join(directory, 'log') })
  const registry = await openRegistryView(log)
  const { secret, sha256 } = newDeviceSecret()
  const entity = { kind: 'device', id: 'd1', secretSha256: sha256, createdAt: Date.now() } as const
  await registry.change(entity, { expectedVersion: 0, by: 'test' })
  const password = Buffer.from(secret)
  const storedSeqs = async (): Promise<number[]> => {
    const seqs: number[] = []
    for (const { partition, earliest } of await log.ends('telemetry')) {
      for await (const batch of log.read('telemetry', partition, { from: earliest })) {
        for (const { headers } of batch) if (headers['kind'] === 'vitals') seqs.push(Number(headers['seq']))
      }
    }
    return seqs
  }
  const acknowledged: number[] = []

  // With the log: it learns the registry.
  const first = await start(false)
  acknowledged.push(...(await stream(await connect(first.port, password), 1, 50)))
  await kill(first.child)

  // Without: it starts, signs in, spools; killed in the middle, twice.
  for (const from of [1_000, 20_000]) {
    const { child, port } = await start(true)
    const client = await connect(port, password)
    await stream(client, from, 400)
    await kill(child)
    await client.untilClosed()
    acknowledged.push(...client.acknowledged)
  }
  expect((await storedSeqs()).some((seq) => seq >= 1_000)).toBe(false)

  // The log is back: killed as soon as the drain has begun, then left alone.
  const draining = await start(false)
  await vi.waitFor(async () => expect(Math.max(...(await storedSeqs()))).toBeGreaterThan(1_000), PATIENCE)
  await kill(draining.child)
  const last = await start(false)
  const client = await connect(last.port, password)
  acknowledged.push(...(await stream(client, 40_000, 20)).slice(0, 20))
  await vi.waitFor(async () => {
    const stored = new Set(await storedSeqs())
    expect(acknowledged.filter((seq) => !stored.has(seq))).toEqual([])
  }, PATIENCE)
  const known = new Set(acknowledged)
  expect([...new Set(await storedSeqs())].filter((seq) => known.has(seq))).toEqual(acknowledged)
  client.destroy()
  await registry.close()
  await log.close()
}, 60_000)
