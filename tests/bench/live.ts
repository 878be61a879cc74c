import { openBed } from './bed/load.ts'

// `npm run bench:live [-- WEARABLES…]`: time from the publishing of a block to its arrival at a WebSocket client that has the waves of all, 50 and 500 wearables.

const SECONDS = 30
const WARM_UP_SECONDS = 5

async function measure(wearables: number): Promise<void> {
  const bed = await openBed({ wearables, warmUpSeconds: WARM_UP_SECONDS, watchesAll: true })
  try {
    const { screenMs, pubackMs } = await bed.measure(SECONDS)
    console.log(
      `${wearables} wearables: ${screenMs.count} blocks in ${SECONDS} s, publish to WebSocket p50 ${screenMs.p50.toFixed(1)} ms, ` +
        `p99 ${screenMs.p99.toFixed(1)} ms (PUBACK p50 ${pubackMs.p50.toFixed(1)} ms, p99 ${pubackMs.p99.toFixed(1)} ms)`,
    )
  } finally {
    await bed.close()
  }
}

const given = process.argv.slice(2).map(Number)
for (const wearables of given.length > 0 ? given : [50, 500]) await measure(wearables)
