import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEventLog } from '@pulsewire/event-log'
import { startFleet, type AckedMessage, type Credential } from '@pulsewire/fleet'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { startStation, type TestStation } from '../support/station.ts'

export interface KillReport {
  readonly kills: number
  readonly published: number
  readonly resent: number
  /** Messages that the senders have a PUBACK for. */
  readonly acked: number
  /** Of them, those that are not in the log: must be 0. */
  readonly lost: number
  /** Of them, those in a gap of `GET /devices/{id}/gaps`: must be 0. */
  readonly inGaps: number
  readonly ledger: Record<string, number>
  /** accepted − (duplicates + stored + quarantined + inLog): must be 0. */
  readonly ledgerDifference: number
  readonly restartMs: readonly number[]
}

export interface KillOptions {
  readonly dataDirectory: string
  readonly kills: number
  readonly devices: number
  /** Messages a second, over all devices. */
  readonly rate: number
  /** Shortest and longest time between the station's start and its end, ms. */
  readonly livesMs: readonly [number, number]
}

/** Kills the station with SIGKILL at random moments of a stream and compares what its senders had acknowledged with what is there. */
export async function killAtRandom(options: KillOptions): Promise<KillReport> {
  const { dataDirectory, kills, devices, rate, livesMs } = options
  const start = (ports: Record<string, string> = {}): Promise<TestStation> =>
    startStation({ dataDirectory, env: ports })
  let station = await start()
  // The senders come back to the same port.
  const ports = { PULSEWIRE_MQTT_PORT: String(station.mqttPort), PULSEWIRE_HTTP_PORT: String(station.httpPort) }
  const credentials = await register(await signIn(station), devices)
  const fleet = startFleet({
    url: `mqtt://127.0.0.1:${station.mqttPort}`,
    credentials,
    vitalsPerSecond: rate / devices,
    blocksPerSecond: 0,
    recordAcked: true,
  })
  await fleet.connected(30_000)
  const restartMs: number[] = []
  for (let kill = 0; kill < kills; kill++) {
    await sleep(livesMs[0] + Math.random() * (livesMs[1] - livesMs[0]))
    await station.kill()
    const killedAt = performance.now()
    station = await start(ports)
    restartMs.push(Math.round(performance.now() - killedAt))
  }
  await fleet.connected(60_000)
  await sleep(500)
  await fleet.stop({ drainMs: 20_000 })
  const { published, resent } = fleet.stats

  const api = await signIn(station)
  const ledger = await settledLedger(api)
  const inGaps = await countInGaps(api, fleet.acked, credentials)
  await station.stop()
  const lost = await countLost(dataDirectory, fleet.acked)
  const { accepted = 0, duplicates = 0, stored = 0, quarantined = 0, inLog = 0 } = ledger
  return {
    kills,
    published,
    resent,
    acked: fleet.acked.length,
    lost,
    inGaps,
    ledger,
    ledgerDifference: accepted - (duplicates + stored + quarantined + inLog),
    restartMs,
  }
}

async function register(api: ApiClient, devices: number): Promise<Credential[]> {
  const credentials: Credential[] = []
  for (let index = 0; index < devices; index++) {
    credentials.push((await admit(api, { patient: `Sender ${index}`, device: `sender-${index}` })).credential)
  }
  return credentials
}

async function settledLedger(api: ApiClient): Promise<Record<string, number>> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const ledger = await api.call<Record<string, number>>('GET', '/ledger')
    if (ledger['inLog'] === 0) return ledger
    await sleep(200)
  }
  throw new Error('the recorder did not catch up within a minute')
}

const keyOf = ({ device, boot, seq }: AckedMessage): string => `${device}/${boot}/${seq}`

/** Acknowledged messages that are not in the log, read from the files themselves. */
async function countLost(dataDirectory: string, acked: readonly AckedMessage[]): Promise<number> {
  const missing = new Set(acked.map(keyOf))
  const log = await openEventLog({ kind: 'embedded', directory: join(dataDirectory, 'log') })
  for (const { partition, earliest } of await log.ends('telemetry')) {
    for await (const records of log.read('telemetry', partition, { from: earliest })) {
      for (const { headers } of records) missing.delete(`${headers['device']}/${headers['boot']}/${headers['seq']}`)
    }
  }
  await log.close()
  return missing.size
}

async function countInGaps(
  api: ApiClient,
  acked: readonly AckedMessage[],
  devices: readonly Credential[],
): Promise<number> {
  let count = 0
  for (const { username } of devices) {
    const { gaps } = await api.call<{ gaps: { boot: string; from: number; to: number }[] }>(
      'GET',
      `/devices/${username}/gaps`,
    )
    for (const { device, boot, seq } of acked) {
      if (device === username && gaps.some((gap) => gap.boot === boot && gap.from <= seq && seq <= gap.to)) count++
    }
  }
  return count
}
