import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credential } from '@pulsewire/fleet'
import { startService } from '../../support/services.ts'
import { temporaryDirectory } from '../../support/station.ts'
import { startFleetProcess } from '../bed/fleet-process.ts'
import { registerInDirectory } from '../bed/wearables.ts'
import { cpuSecondsOf } from '../cpu.ts'
import type { Stage, StageSize } from './stage.ts'

const DEVICES: Readonly<Record<StageSize, number>> = { smoke: 50, full: 1_500 }
const SECONDS: Readonly<Record<StageSize, number>> = { smoke: 2, full: 15 }
const WARM_UP_MS: Readonly<Record<StageSize, number>> = { smoke: 1_000, full: 8_000 }

/** CPU s per 100,000 messages of a server under the fleet. */
async function underLoad(url: string, pid: number, credentials: readonly Credential[], size: StageSize) {
  const fleet = await startFleetProcess({ url, credentials })
  await sleep(WARM_UP_MS[size])
  fleet.clearLatencies()
  const before = { cpuS: cpuSecondsOf(pid), acked: (await fleet.stats()).acked }
  await sleep(SECONDS[size] * 1_000)
  const { acked, pubackMs } = await fleet.stats()
  const cpuS = ((cpuSecondsOf(pid) - before.cpuS) * 100_000) / (acked - before.acked)
  await fleet.stop()
  return { cpuS, p99: pubackMs.p99 }
}

async function startBare(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), [], { execArgv: ['--import', 'tsx'] })
  const [port] = (await once(child, 'message')) as [number]
  return { child, port }
}

/** Broker and ingest: authenticated, validated, stamped, durable before the PUBACK. */
export const broker: Stage = {
  name: 'broker',
  what: 'broker and ingest, durable before the PUBACK, two messages a second of each device',
  unit: 'CPU s per 100,000 messages',
  better: 'less',
  limit: 'a socket, mqtt-packet and a PUBACK, nothing kept',
  measure: async (size) => {
    const directory = temporaryDirectory()
    const wearables = await registerInDirectory(directory.path, DEVICES[size])
    const credentials = wearables.map(({ credential }) => credential)
    const service = await startService('broker', { env: { PULSEWIRE_DATA_DIR: directory.path } })
    const bare = await startBare()
    try {
      const ours = await underLoad(`mqtt://127.0.0.1:${service.ready.mqttPort}`, service.pid ?? 0, credentials, size)
      const limit = await underLoad(`mqtt://127.0.0.1:${bare.port}`, bare.child.pid ?? 0, credentials, size)
      return { ours: ours.cpuS, limit: limit.cpuS, also: { pubackP99Ms: ours.p99, bareP99Ms: limit.p99 } }
    } finally {
      await service.stop()
      bare.child.kill()
      directory.remove()
    }
  },
}
