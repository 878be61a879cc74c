import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Percentiles, StoredReport } from '@pulsewire/fleet'
import { z } from 'zod'
import { signIn, type ApiClient } from '../../support/api.ts'
import { startStation, temporaryDirectory, type TestStation } from '../../support/station.ts'
import { cpuSecondsOf } from '../cpu.ts'
import { startFleetProcess, type FleetProcess } from './fleet-process.ts'
import { coresBetween, processFigures } from './processes.ts'
import { watchScreen, type WatchedScreen } from './screen.ts'
import { registerInDirectory } from './wearables.ts'

export interface BedOptions {
  readonly wearables: number
  /** Until the detectors have learnt the hearts, and states are kept as they will be. Default 45. */
  readonly warmUpSeconds?: number
  /** Compare each sample with what was sent, at the end. */
  readonly check?: boolean
  /** The screen has the waves of all; else of the first 16. */
  readonly watchesAll?: boolean
  /** More of the station's configuration. */
  readonly env?: Record<string, string>
  readonly say?: (line: string) => void
}

/** A station under load. */
export interface Bed {
  readonly station: TestStation
  readonly fleet: FleetProcess
  /** Further screens, each of so many patients. */
  attachScreens(count: number, patientsEach: number): Promise<void>
  measure(seconds: number): Promise<LoadFigures>
  /** Stops the load, waits until all is recorded, and counts. */
  finish(): Promise<EndFigures>
  close(): Promise<void>
}

/** What a station cost under a load, and how late it was. */
export interface LoadFigures {
  readonly wearables: number
  readonly seconds: number
  readonly messagesPerSecond: number
  /** Of the station, by process. */
  readonly processes: readonly { name: string; cores: number; ownMb: number; mappedMb: number }[]
  readonly stationCores: number
  readonly fleetCores: number
  readonly cpuSPer100k: number
  readonly ownMb: number
  readonly pubackMs: Percentiles
  /** Block due at the sensor → at a screen's WebSocket, ms. */
  readonly screenMs: Percentiles
  /** Bytes a second that the log and the store grew by. */
  readonly logBytesPerS: number
  readonly storeBytesPerS: number
  /** Records of telemetry that the recorder and the detectors were behind at the end. */
  readonly recorderBehind: number
  readonly detectorBehind: number
  /** The same when the measuring began: what grows is not carried. */
  readonly detectorBehindBefore: number
}

/** What came of all that was sent. */
export interface EndFigures {
  readonly published: number
  readonly acked: number
  readonly resent: number
  readonly lostLinks: number
  /** Accepted and not duplicate, less what was published: 0 where nothing was lost and nothing came from elsewhere. */
  readonly ledgerDifference: number
  readonly quarantined: number
  readonly stored?: StoredReport
}

const ledgerShape = z.object({
  accepted: z.number(),
  duplicates: z.number(),
  stored: z.number(),
  quarantined: z.number(),
  inLog: z.number(),
  spooled: z.number(),
})

/** Bytes that a directory takes on disk: the log's file has holes. */
function bytesOnDisk(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => {
      try {
        return sum + statSync(join(entry.parentPath, entry.name)).blocks * 512
      } catch {
        return sum // sealed, and removed since
      }
    }, 0)
}

async function lagOf(station: TestStation, component: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${station.operationPort}/metrics`)).text()
  return [
    ...text.matchAll(new RegExp(`^pulsewire_${component}_lag_records\\{[^}]*topic="telemetry"[^}]*\\} (\\d+)`, 'gm')),
  ]
    .map((match) => Number(match[1]))
    .reduce((sum, lag) => sum + lag, 0)
}

const ON_SCREEN = 16

/** A station on this machine with so many wearables, each 250 samples and five vitals a second; and one screen. */
export async function openBed(options: BedOptions): Promise<Bed> {
  const { wearables: count, warmUpSeconds = 45, say = () => undefined } = options
  const directory = temporaryDirectory()
  const wearables = await registerInDirectory(directory.path, count)
  const station = await startStation({
    dataDirectory: directory.path,
    env: { PULSEWIRE_OPERATION_PORT: '0', ...options.env },
  })
  const api = await signIn(station)
  const fleet = await startFleetProcess({
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    credentials: wearables.map(({ credential }) => credential),
    ...(options.check === true ? { check: { api: station.url, token: api.token } } : {}),
  })
  say(`${count} wearables are connected`)
  const patients = wearables.map(({ patient }) => patient)
  const watched = options.watchesAll === true ? 'all' : patients.slice(0, ON_SCREEN)
  const screen = await watchScreen(station, api.token, watched)
  const screens: WatchedScreen[] = [screen]
  await sleep(warmUpSeconds * 1_000)

  const look = () => ({
    processes: processFigures(station.pid),
    fleet: cpuSecondsOf(fleet.pid),
    log: bytesOnDisk(join(directory.path, 'log')),
    store: bytesOnDisk(join(directory.path, 'store')),
  })
  return {
    station,
    fleet,
    attachScreens: async (wanted, patientsEach) => {
      for (let index = 0; index < wanted; index++) {
        const from = (index * patientsEach) % Math.max(1, count - patientsEach)
        screens.push(await watchScreen(station, api.token, patients.slice(from, from + patientsEach)))
      }
    },
    measure: async (seconds) => {
      const ackedBefore = (await fleet.stats()).acked
      const detectorBehindBefore = await lagOf(station, 'detector')
      const before = look()
      fleet.clearLatencies()
      screen.clear()
      const startedAt = performance.now()
      await sleep(seconds * 1_000)
      const stats = await fleet.stats()
      const took = (performance.now() - startedAt) / 1_000
      const after = look()
      const screenMs = screen.percentiles()
      const processes = coresBetween(before.processes, after.processes, took)
      const stationCores = sumOf(processes, ({ cores }) => cores)
      const acked = stats.acked - ackedBefore
      return {
        wearables: count,
        seconds: took,
        messagesPerSecond: acked / took,
        processes,
        stationCores,
        fleetCores: (after.fleet - before.fleet) / took,
        cpuSPer100k: (stationCores * took * 100_000) / acked,
        ownMb: sumOf(processes, ({ ownMb }) => ownMb),
        pubackMs: stats.pubackMs,
        screenMs,
        logBytesPerS: (after.log - before.log) / took,
        storeBytesPerS: (after.store - before.store) / took,
        recorderBehind: await lagOf(station, 'recorder'),
        detectorBehind: await lagOf(station, 'detector'),
        detectorBehindBefore,
      }
    },
    finish: async () => {
      for (const each of screens) each.close()
      const { stats, stored } = await fleet.stop()
      const { accepted, duplicates, quarantined } = await settled(api)
      return {
        published: stats.published,
        acked: stats.acked,
        resent: stats.resent,
        lostLinks: stats.lost,
        ledgerDifference: accepted - duplicates - stats.published,
        quarantined,
        ...(stored === undefined ? {} : { stored }),
      }
    },
    close: async () => {
      await fleet.kill()
      await station.stop()
      if (station.stderr() !== '') say(station.stderr().slice(0, 2_000))
      directory.remove()
    },
  }
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0)
}

/** The ledger when all is recorded. */
async function settled(api: ApiClient): Promise<z.infer<typeof ledgerShape>> {
  for (;;) {
    const ledger = ledgerShape.parse(await api.call('GET', '/ledger'))
    if (ledger.inLog === 0) return ledger
    await sleep(250)
  }
}
