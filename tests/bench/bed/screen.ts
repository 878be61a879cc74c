import { createLatencies, type Percentiles } from '@pulsewire/fleet'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { TestStation } from '../../support/station.ts'

/** A WebSocket as a screen has one, and how late the blocks come there. */
export interface WatchedScreen {
  percentiles(): Percentiles
  clear(): void
  close(): void
}

const BLOCK_MS = 1_000
const block = z.object({ signals: z.array(z.object({ segments: z.array(z.object({ start: z.number() })) })) })

/** A block is due when its last sample is measured, a second after its first; the fleet looks for what is due every 5 ms, so up to 5 ms are its own. */
export async function watchScreen(
  station: Pick<TestStation, 'url'>,
  token: string,
  patients: readonly string[] | 'all',
): Promise<WatchedScreen> {
  const latencies = createLatencies()
  const whom = patients === 'all' ? '' : `patients=${patients.join()}&`
  const url = `${station.url.replace('http', 'ws')}/api/v1/live?${whom}signals=ecg.II`
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
  socket.on('message', (data: Buffer) => {
    const arrivedAt = performance.timeOrigin + performance.now()
    const text = data.toString('utf8')
    if (!text.startsWith('{"type":"waveform"')) return
    const start = block.parse(JSON.parse(text)).signals[0]?.segments[0]?.start
    if (start !== undefined) latencies.add(arrivedAt - start - BLOCK_MS)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return {
    percentiles: () => latencies.percentiles(),
    clear: () => latencies.clear(),
    close: () => socket.close(),
  }
}
