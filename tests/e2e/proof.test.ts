import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAlarmManager } from '@pulsewire/alarm-manager'
import { startApi, type RunningApi } from '@pulsewire/api'
import { startBroker } from '@pulsewire/broker'
import type { ProofStage } from '@pulsewire/contracts'
import { startDetector } from '@pulsewire/detector'
import { createMemoryEventLog } from '@pulsewire/event-log'
import { startProver } from '@pulsewire/prover'
import { startRecorder } from '@pulsewire/recorder'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger, type Running } from '@pulsewire/runtime'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signIn, type ApiClient, type LiveClient } from '../support/api.ts'
import { ADMIN_PASSWORD } from '../support/station.ts'

/** A proof each second instead of each ten: a broken stage is named within two instead of twenty. */
const EVERY_MS = 1_000
const WITHIN = { timeout: 20_000, interval: 50 }
const HOST = '127.0.0.1'

// Each service by its own starter, on one log: so that each can be taken away alone.
const log = createMemoryEventLog({ partitions: 2 })
const directory = mkdtempSync(join(tmpdir(), 'pulsewire-proof-'))
const logger = createSilentLogger()
const parts = new Map<string, Running>()
const ports = { mqtt: 0, http: 0 }
let api: ApiClient
let live: LiveClient
let store: Awaited<ReturnType<typeof openEmbeddedVitalsStore>>

const depsOf = (name: string) => ({ log, logger, metrics: createMetrics(name) })
const start: Record<'broker' | 'detector' | 'alarm-manager' | 'recorder' | 'api' | 'prover', () => Promise<Running>> = {
  broker: async () => {
    const broker = await startBroker(depsOf('broker'), { host: HOST, mqttPort: ports.mqtt })
    ports.mqtt = broker.mqttPort
    return broker
  },
  detector: () => startDetector(depsOf('detector')),
  'alarm-manager': () => startAlarmManager(depsOf('alarm-manager')),
  recorder: () => startRecorder({ ...depsOf('recorder'), store }),
  api: async () => {
    const running: RunningApi = await startApi(
      { ...depsOf('api'), store },
      { host: HOST, port: ports.http, adminPassword: ADMIN_PASSWORD },
    )
    ports.http = running.port
    return running
  },
  prover: async () => {
    const registry = await openRegistryView(log)
    const prover = await startProver(
      { ...depsOf('prover'), registry },
      { mqttUrl: `mqtt://${HOST}:${ports.mqtt}`, apiUrl: `http://${HOST}:${ports.http}`, everyMs: EVERY_MS },
    )
    return { ...prover, stop: () => prover.stop().then(() => registry.close()) }
  },
}
const begin = async (name: keyof typeof start): Promise<void> => void parts.set(name, await start[name]())
const end = async (name: keyof typeof start): Promise<void> => {
  await parts.get(name)?.stop()
  parts.delete(name)
}
const systemStatus = () => live.messages.findLast(({ type, system }) => type === 'status' && system !== undefined)
const newest = (type: string) => live.messages.findLast((message) => message.type === type)
const listen = async (): Promise<void> => {
  api = await signIn({ url: `http://${HOST}:${ports.http}` })
  live = await api.live('?patients=nobody')
}
const proven = () => vi.waitFor(() => expect(newest('proof')?.['sentAt']).toBeGreaterThan(Date.now() - 3_000), WITHIN)
const systemAlarms = async () => {
  const { alarms } = await api.call<{ alarms: { type: string; evidence: { stage?: string } }[] }>(
    'GET',
    '/alarms?state=active',
  )
  return alarms.map(({ type, evidence }) => `${type} ${evidence.stage}`)
}

beforeAll(async () => {
  store = await openEmbeddedVitalsStore({ directory })
  for (const name of ['api', 'recorder', 'alarm-manager', 'detector', 'broker', 'prover'] as const) await begin(name)
  await listen()
}, 60_000)
afterAll(async () => {
  live.close()
  for (const name of ['prover', 'broker', 'detector', 'alarm-manager', 'recorder', 'api'] as const) await end(name)
  await store.close()
  await log.close()
  rmSync(directory, { recursive: true, force: true })
})

describe('the synthetic patient', () => {
  it('proves the way to every screen, whatever it watches, and is no patient, device or alarm of the ward', async () => {
    await proven()
    await vi.waitFor(
      () => expect(systemStatus()?.['system']).toMatchObject({ ok: true, proofEveryMs: EVERY_MS }),
      WITHIN,
    )
    expect(live.messages.filter(({ type }) => type === 'alarm' || type === 'finding')).toEqual([])
    expect(await api.call('GET', '/patients')).toEqual({ patients: [] })
    expect(await api.call('GET', '/devices')).toEqual({ devices: [] })
    expect(await systemAlarms()).toEqual([])
    await expect(api.call('POST', '/patients', { id: 'pulsewire-proof', name: 'X' })).rejects.toThrow('PW_EXISTS')
  })

  it.each(['broker', 'detector', 'alarm-manager', 'recorder'] as const)(
    'names the %s where it is the broken one, on screen and as a finding, and takes it back',
    async (stage: ProofStage & keyof typeof start) => {
      await proven()
      await end(stage)
      await vi.waitFor(() => expect(systemStatus()?.['system']).toMatchObject({ ok: false }), WITHIN)
      await vi.waitFor(
        () => expect(systemStatus()?.['system']).toMatchObject({ detail: expect.stringContaining(stage) as string }),
        WITHIN,
      )
      await begin(stage)
      await vi.waitFor(() => expect(systemStatus()?.['system']).toMatchObject({ ok: true }), WITHIN)
      await vi.waitFor(async () => expect(await systemAlarms()).toEqual([]), WITHIN)
      await proven()
    },
    60_000,
  )

  it('rings, once, as an alarm of the system while a stage is away', async () => {
    await end('broker')
    await vi.waitFor(async () => expect(await systemAlarms()).toEqual(['system broker']), WITHIN)
    await begin('broker')
    await vi.waitFor(async () => expect(await systemAlarms()).toEqual([]), WITHIN)
  }, 60_000)

  it('is silent to a screen whose API is away, and comes again to the next one', async () => {
    await end('api')
    const before = live.messages.length
    await begin('api')
    await listen()
    await proven()
    expect(before).toBeGreaterThan(0)
  }, 60_000)
})
