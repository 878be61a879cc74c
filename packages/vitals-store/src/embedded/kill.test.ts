import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { T0 } from '../testing/samples.ts'
import { openEngine } from './engine.ts'

const writer = fileURLToPath(new URL('../../dist/testing/kill-writer.js', import.meta.url))
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-kill-'))
})
afterEach(async () => rm(directory, { recursive: true }))

/** Lets the writer run until it has acknowledged some writes and a random moment more, then kills it. Answers the last acknowledged offset. */
async function writeUntilKilled(): Promise<number> {
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  let acknowledged = 0
  let count = 0
  const enough = 20 + Math.floor(Math.random() * 60)
  for await (const line of lines) {
    acknowledged = Number(line)
    if (++count === enough) setTimeout(() => child.kill('SIGKILL'), Math.random() * 20)
  }
  await ended
  return acknowledged
}

it(
  'kill -9 in the middle of writing and sealing loses nothing that was acknowledged, and doubles nothing',
  { timeout: 60_000 },
  async () => {
    for (let round = 0; round < 3; round++) {
      const acknowledged = await writeUntilKilled()
      const store = await openEngine({ directory })
      const { stored, duplicates, quarantined, positions } = await store.ledger()
      const offset = positions[0]?.offset ?? 0
      expect(offset).toBeGreaterThanOrEqual(acknowledged)
      expect({ stored, duplicates, quarantined }).toEqual({ stored: offset, duplicates: 0, quarantined: 0 })
      expect(await store.gaps('d1')).toEqual([])

      const range = { patient: 'p1', from: T0, to: T0 + 1e9 }
      const expected = Array.from({ length: offset }, (_, index) => ({ time: T0 + index * 1000, value: index }))
      const { series } = await store.vitals({ ...range, codes: ['heartRate'] })
      expect(series[0]?.points).toEqual(expected)
      const counted = await store.vitals({ ...range, codes: ['heartRate'], every: { ms: 1000 }, fn: 'count' })
      expect(counted.series[0]?.points.every(({ value }) => value === 1)).toBe(true)
      const { signals, damaged } = await store.waveforms({ ...range, signals: ['ecg.II'] })
      expect(damaged).toBeUndefined()
      expect(signals[0]?.segments.map(({ samples }) => samples[0])).toEqual(expected.map(({ value }) => value))
      await store.close()
    }
  },
)
