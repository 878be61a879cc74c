import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { isProcessAlive, processIdentity } from './process-identity.ts'

const changed = (change: Record<string, unknown>): string => {
  const own: unknown = JSON.parse(processIdentity())
  if (typeof own !== 'object' || own === null) throw new Error('not an object')
  return JSON.stringify({ ...own, ...change })
}

describe('process identity', () => {
  test('this process is alive', () => {
    expect(isProcessAlive(processIdentity())).toBe(true)
  })

  test('one that ended is dead', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    expect(isProcessAlive(changed({ pid: child.pid }))).toBe(false)
  })

  test.skipIf(process.platform !== 'linux')('one whose id was given to another process since is dead', () => {
    expect(isProcessAlive(changed({ start: '1' }))).toBe(false)
  })

  test('one of another machine or container cannot be seen, so it counts as alive', () => {
    expect(isProcessAlive(changed({ realm: 'elsewhere', pid: 999_999_999 }))).toBe(true)
  })
})
