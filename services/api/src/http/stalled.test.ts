import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { openLive } from '../testing/live-socket.ts'
import { startHarness } from '../testing/harness.ts'

const SAMPLES = 4_000_000
/** Longer than a sign-in, or the first bytes of the answer, take on a busy machine: nothing moves then either. */
const STALLED_AFTER_MS = 3_000

test('an answer that nobody reads is given up, and a quiet live socket is not', { timeout: 40_000 }, async () => {
  const harness = await startHarness({ stalledAfterMs: STALLED_AFTER_MS })
  try {
    await harness.call('POST', 'patients', { body: { id: 'p1', name: 'A' } })
    const samples = new Int16Array(SAMPLES).map((_, i) => i)
    const block = { patient: 'p1', device: 'd1', rateHz: 250, unit: 'mV', scale: 0.005, offset: 0, samples }
    harness.data.waveforms.push({ ...block, signal: 'ecg.II', start: 0 })
    const live = await openLive(harness.origin, { token: harness.token })

    const reader = connect(Number(new URL(harness.origin).port), '127.0.0.1')
    reader.on('error', () => reader.destroy())
    const ended = new Promise((resolve) => reader.once('close', resolve))
    const path = '/api/v1/patients/p1/waveforms?from=0&to=4102444800000&signals=ecg.II&limit=10000000'
    reader.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${harness.token}\r\n\r\n`,
    )
    let bytes = 0
    await Promise.race([new Promise((resolve) => reader.once('readable', resolve)), ended])
    // Node looks twice before it believes that a write has stalled.
    await new Promise((resolve) => setTimeout(resolve, 3 * STALLED_AFTER_MS))
    reader.on('data', (chunk: Buffer) => (bytes += chunk.length))
    await ended
    // What lay in the buffers on the way, not the 20 MB and more of the whole.
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(SAMPLES * 4)
    expect(live.socket.readyState).toBe(live.socket.OPEN)
    live.socket.terminate()
  } finally {
    await harness.stop()
  }
})
