import { setTimeout as sleep } from 'node:timers/promises'
import { startFleet } from '@pulsewire/fleet'
import { z } from 'zod'
import { admit, signIn } from '../support/api.ts'
import { startStation, temporaryDirectory } from '../support/station.ts'

// `npm run bench:live [-- WEARABLES…]`: time from the publishing of a block to its arrival at a WebSocket client, 50 and 500 wearables.
// A block is due when its last sample is measured, `at` + 1 s; the sender looks for what is due every 5 ms, so up to 5 ms of a delay are its own.

const SECONDS = 30
const WARM_UP_MS = 5_000

const BLOCK_MS = 1_000
const block = z.object({ signals: z.array(z.object({ segments: z.array(z.object({ start: z.number() })) })) })

async function measure(wearables: number): Promise<void> {
  const directory = temporaryDirectory()
  const station = await startStation({ dataDirectory: directory.path })
  try {
    const api = await signIn(station)
    const credentials = []
    for (let index = 0; index < wearables; index++) {
      credentials.push((await admit(api, { patient: `W ${index}`, device: `w-${index}` })).credential)
    }
    const live = await api.live('')
    const fleet = startFleet({
      url: `mqtt://127.0.0.1:${station.mqttPort}`,
      credentials,
      vitalsPerSecond: 1,
      blocksPerSecond: 1,
      connectsPerSecond: 100,
    })
    await fleet.connected(60_000)
    await sleep(WARM_UP_MS)
    const from = live.messages.length
    await sleep(SECONDS * 1_000)
    const delays: number[] = []
    for (let index = from; index < live.messages.length; index++) {
      const message = live.messages[index]
      if (message?.type !== 'waveform') continue
      const at = block.parse(message).signals[0]?.segments[0]?.start
      if (at !== undefined) delays.push((live.arrivals[index] ?? 0) - at - BLOCK_MS)
    }
    delays.sort((a, b) => a - b)
    const quantile = (q: number): string => (delays[Math.floor(q * delays.length)] ?? NaN).toFixed(1)
    const puback = fleet.stats.pubackMs
    console.log(
      `${wearables} wearables: ${delays.length} blocks in ${SECONDS} s, publish to WebSocket p50 ${quantile(0.5)} ms, ` +
        `p99 ${quantile(0.99)} ms (PUBACK p50 ${puback.p50.toFixed(1)} ms, p99 ${puback.p99.toFixed(1)} ms)`,
    )
    live.close()
    await fleet.stop()
  } finally {
    await station.stop()
    directory.remove()
  }
}

const given = process.argv.slice(2).map(Number)
for (const wearables of given.length > 0 ? given : [50, 500]) await measure(wearables)
