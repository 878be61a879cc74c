import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDataDirectory } from './data-lock.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))
const file = (): string => join(directory, 'station.pid')

/** A process that lives as long as it is wanted. */
async function otherProcess(): Promise<{ pid: number; end: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    end: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

describe('the lock of a data directory', () => {
  it('is taken and given back', async () => {
    const unlock = await lockDataDirectory(directory)
    expect(existsSync(file())).toBe(true)
    unlock()
    expect(existsSync(file())).toBe(false)
  })

  it('is refused while another station keeps it', async () => {
    const other = await otherProcess()
    writeFileSync(file(), String(other.pid))
    await expect(lockDataDirectory(directory, 50)).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID' })
    await other.end()
  })

  it('says why a directory cannot be used', async () => {
    writeFileSync(join(directory, 'a-file'), '')
    await expect(lockDataDirectory(join(directory, 'a-file'))).rejects.toMatchObject({
      code: 'PW_CONFIG_INVALID',
      message: expect.stringMatching(/a-file cannot be used: (EEXIST|ENOTDIR)/) as string,
    })
  })

  it('is waited for while another station is about to end', async () => {
    const other = await otherProcess()
    writeFileSync(file(), String(other.pid))
    const waiting = lockDataDirectory(directory, 10_000)
    await other.end()
    ;(await waiting)()
  })

  it('is taken from a process that is dead, and from one that only has the number of a dead one', async () => {
    writeFileSync(file(), '999999999')
    ;(await lockDataDirectory(directory, 1_000))()
    const other = await otherProcess()
    writeFileSync(file(), String(other.pid))
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(file(), longAgo, longAgo)
    ;(await lockDataDirectory(directory, 1_000))()
    await other.end()
  })
})
