import { setTimeout as sleep } from 'node:timers/promises'
import { signIn } from '../support/api.ts'
import { startStation, temporaryDirectory } from '../support/station.ts'
import { startFleetProcess } from './bed/fleet-process.ts'
import { watchScreen } from './bed/screen.ts'
import { registerInDirectory } from './bed/wearables.ts'

// `npm run bench:live [-- WEARABLES…]`: time from the publishing of a block to its arrival at a WebSocket client that has the waves of all, 50 and 500 wearables.

const SECONDS = 30
const WARM_UP_MS = 5_000

async function measure(count: number): Promise<void> {
  const directory = temporaryDirectory()
  try {
    const wearables = await registerInDirectory(directory.path, count)
    const station = await startStation({ dataDirectory: directory.path })
    try {
      const api = await signIn(station)
      const fleet = await startFleetProcess({
        url: `mqtt://127.0.0.1:${station.mqttPort}`,
        credentials: wearables.map(({ credential }) => credential),
      })
      const screen = await watchScreen(station, api.token, 'all')
      await sleep(WARM_UP_MS)
      screen.clear()
      fleet.clearLatencies()
      await sleep(SECONDS * 1_000)
      const arrived = screen.percentiles()
      screen.close()
      const { pubackMs } = (await fleet.stop()).stats
      console.log(
        `${count} wearables: ${arrived.count} blocks in ${SECONDS} s, publish to WebSocket p50 ${arrived.p50.toFixed(1)} ms, ` +
          `p99 ${arrived.p99.toFixed(1)} ms (PUBACK p50 ${pubackMs.p50.toFixed(1)} ms, p99 ${pubackMs.p99.toFixed(1)} ms)`,
      )
    } finally {
      await station.stop()
    }
  } finally {
    directory.remove()
  }
}

const given = process.argv.slice(2).map(Number)
for (const count of given.length > 0 ? given : [50, 500]) await measure(count)
