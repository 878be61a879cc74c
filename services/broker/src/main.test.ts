import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openEmbeddedEventLog } from '@pulsewire/event-log'
import { newDeviceSecret, openRegistryView } from '@pulsewire/registry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { vitals } from './testing/harness.ts'
import { signIn } from './testing/raw-client.ts'

const MAIN = join(import.meta.dirname, '../dist/main.js')
let directory: string
const running: ChildProcess[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-broker-'))
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(directory, { recursive: true, force: true })
})

function start(env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      PULSEWIRE_DATA_DIR: directory,
      PULSEWIRE_MQTT_PORT: '0',
      PULSEWIRE_MQTTS_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.push(child)
  return child
}

async function portOf(child: ChildProcess): Promise<number> {
  if (child.stderr === null) throw new Error('no stderr')
  for await (const line of createInterface(child.stderr)) {
    const entry = JSON.parse(line) as { mqttPort?: number }
    if (entry.mqttPort !== undefined) {
      child.stderr.resume()
      return entry.mqttPort
    }
  }
  throw new Error('it ended before it listened')
}

/** Registers `d1` in the log, as the API would from its own process. */
async function register(): Promise<Buffer> {
  const log = await openEmbeddedEventLog({ directory: join(directory, 'log') })
  const registry = await openRegistryView(log)
  const { secret, sha256 } = newDeviceSecret()
  const entity = { kind: 'device', id: 'd1', secretSha256: sha256, createdAt: Date.now() } as const
  await registry.change(entity, { expectedVersion: 0, by: 'test' })
  await registry.close()
  await log.close()
  return Buffer.from(secret)
}

async function storedSeqs(): Promise<Set<number>> {
  const log = await openEmbeddedEventLog({ directory: join(directory, 'log') })
  const seqs = new Set<number>()
  for (const { partition, earliest } of await log.ends('telemetry')) {
    for await (const batch of log.read('telemetry', partition, { from: earliest })) {
      for (const { headers } of batch) if (headers['kind'] === 'vitals') seqs.add(Number(headers['seq']))
    }
  }
  await log.close()
  return seqs
}

describe('the broker as a process of its own', () => {
  it('loses nothing that it acknowledged when it is killed in the middle of a stream', async () => {
    const broker = start()
    const port = await portOf(broker)
    const { client, returnCode } = await signIn(port, { username: 'd1', password: await register() })
    expect(returnCode).toBe(0)
    for (let seq = 1; seq <= 2_000; seq++) {
      client.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(seq), qos: 1, messageId: seq })
      if (seq % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      if (client.acknowledged.length > 300) break
    }
    await client.next(() => client.acknowledged.length > 300)
    broker.kill('SIGKILL')
    await client.untilClosed()
    const stored = await storedSeqs()
    expect(client.acknowledged.filter((seq) => !stored.has(seq))).toEqual([])
    expect(client.acknowledged.length).toBeGreaterThan(300)
  })

  it('ends by itself with code 0 when it is asked to, and goes on with the data at the next start', async () => {
    const password = await register()
    for (const round of [1, 2]) {
      const broker = start()
      const { client } = await signIn(await portOf(broker), { username: 'd1', password })
      client.publish({ topic: 'bsn/v1/d1/vitals', payload: vitals(round), qos: 1, messageId: round })
      await client.next((packet) => packet.cmd === 'puback')
      broker.kill('SIGTERM')
      expect(await once(broker, 'exit')).toEqual([0, null])
    }
    expect(await storedSeqs()).toEqual(new Set([1, 2]))
  })

  it('does not start with a bad value, and says which', async () => {
    const broker = start({ PULSEWIRE_MQTT_PORT: 'many' })
    let said = ''
    broker.stderr?.on('data', (chunk) => (said += String(chunk)))
    expect(await once(broker, 'close')).toEqual([2, null])
    expect(said).toContain('PULSEWIRE_MQTT_PORT')
  })
})
