import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { createSwitchedLog } from '../testing/switched-log.ts'
import { openSpooledEventLog } from './spooled-event-log.ts'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-spool-'))
const isMounted = mountSmall(directory, 24)
afterAll(() => {
  if (isMounted) execFileSync('umount', ['--lazy', directory])
  rmSync(directory, { recursive: true, force: true })
})

test('on a full disk the spool refuses what it cannot keep, loses nothing of what it has, and goes on when the log is back', async ({
  skip,
}) => {
  if (!isMounted) skip('mounting a small file system needs root')
  const primary = createSwitchedLog()
  const log = await openSpooledEventLog({
    open: async () => primary.log,
    directory: join(directory, 'spool'),
    maxBytes: 1024 ** 3,
    limits: { retryMinMs: 5, retryMaxMs: 20 },
  })
  primary.condition = 'refuse'
  const acknowledged: number[] = []
  const append = async (number: number): Promise<void> => {
    const value = Buffer.alloc(100_000, 'x')
    await log.append('telemetry', [{ key: 'p', headers: { number: String(number) }, value }])
    acknowledged.push(number)
  }
  const fill = async (): Promise<void> => {
    for (let number = 0; ; number++) await append(number)
  }
  await expect(fill()).rejects.toMatchObject({ code: 'PW_LOG_FULL' })
  expect(acknowledged.length).toBeGreaterThan(50)
  writeWhatIsLeft(join(directory, 'filler'))
  await expect(append(-1)).rejects.toMatchObject({ code: 'PW_LOG_FULL' })

  primary.condition = 'up'
  await vi.waitFor(() => expect(log.spool).toMatchObject({ spooling: false, waiting: 0 }), { timeout: 10_000 })
  await append(10_000)
  rmSync(join(directory, 'filler'))
  await vi.waitFor(() => expect(log.spool.bytes).toBe(0), { timeout: 10_000 })
  const numbers = (await primary.stored('telemetry')).map(({ headers }) => Number(headers['number']))
  expect([...new Set(numbers)]).toEqual(acknowledged)
  await log.close()
})

/** A file system of a few megabytes; false where this user may not mount one. */
function mountSmall(path: string, megabytes: number): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false // root of a container without the right
  }
}

function writeWhatIsLeft(path: string): void {
  for (const bytes of [1_000_000, 4_096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      // Full: that is what it is for.
    }
  }
}
