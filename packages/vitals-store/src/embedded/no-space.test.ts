import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { message, point, T0, writeOf } from '../testing/samples.ts'
import { openEngine } from './engine.ts'

const writer = fileURLToPath(new URL('../../dist/testing/kill-writer.js', import.meta.url))

// A limit on the size of a file stands for the full disk: the write fails all the same (EFBIG for ENOSPC).
it.skipIf(process.platform === 'win32')(
  'with no space left a write fails as one to be tried again, what was acknowledged stays, and it goes on when there is room',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pulsewire-full-'))
    const limited = `ulimit -f 6000; exec "${process.execPath}" "${writer}" "${directory}" 2000`
    const child = spawn('sh', ['-c', limited], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = (await text(child.stdout)).trim().split('\n')
    expect(lines.at(-1)).toBe('PW_STORE_UNAVAILABLE')
    const acknowledged = Number(lines.at(-2))
    expect(acknowledged).toBeGreaterThan(0)

    const store = await openEngine({ directory })
    const { stored, duplicates, positions } = await store.ledger()
    const offset = positions[0]?.offset ?? 0
    expect(offset).toBeGreaterThanOrEqual(acknowledged)
    expect({ stored, duplicates }).toEqual({ stored: offset, duplicates: 0 })
    await store.write(writeOf([message(offset, { vitals: [point({ time: T0 + offset * 1000, value: offset })] })]))
    const { series } = await store.vitals({ patient: 'p1', codes: ['heartRate'], from: T0, to: T0 + 1e9 })
    expect(series[0]?.points.map(({ value }) => value)).toEqual(Array.from({ length: offset + 1 }, (_, index) => index))
    await store.close()
    await rm(directory, { recursive: true })
  },
  60_000,
)
