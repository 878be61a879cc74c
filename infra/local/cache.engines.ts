import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cached, cacheKey } from './cache.ts'

let directory: string
const before = process.env['PULSEWIRE_CACHE']

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-cache-test-'))
  process.env['PULSEWIRE_CACHE'] = directory
})
afterEach(() => {
  if (before === undefined) delete process.env['PULSEWIRE_CACHE']
  else process.env['PULSEWIRE_CACHE'] = before
  rmSync(directory, { recursive: true, force: true })
})

describe('the cache', () => {
  it('makes a thing once for all who ask at the same time', async () => {
    let made = 0
    const make = async (making: string): Promise<void> => {
      made += 1
      await new Promise((resolve) => setTimeout(resolve, 50))
      writeFileSync(join(making, 'binary'), 'whole')
    }
    const [one, two] = await Promise.all([cached('thing', make), cached('thing', make)])
    expect({ made, same: one === two }).toEqual({ made: 1, same: true })
    expect(readFileSync(join(one, 'binary'), 'utf8')).toBe('whole')
  })

  it('keeps nothing of a make that fails, and lets the next one try', async () => {
    const failing = cached('thing', async (making) => {
      writeFileSync(join(making, 'binary'), 'half')
      throw new Error('the registry is away')
    })
    await expect(failing).rejects.toThrow('the registry is away')
    expect(readdirSync(join(directory, 'engines'))).toEqual([])
    const made = await cached('thing', async (making) => writeFileSync(join(making, 'binary'), 'whole'))
    expect(existsSync(join(made, 'binary'))).toBe(true)
  })

  it('takes over the lock of a process that is gone', async () => {
    await cached('other', async () => {})
    // A process id above what systems give out.
    writeFileSync(join(directory, 'engines', 'thing.lock'), '99999999\n')
    expect(existsSync(await cached('thing', async () => {}))).toBe(true)
  })

  it('has another key where what it is made of differs', () => {
    expect(cacheKey('a', 'one')).toBe(cacheKey('a', 'one'))
    expect(cacheKey('a', 'one')).not.toBe(cacheKey('a', 'two'))
    expect(cacheKey('a', 'b', 'c')).not.toBe(cacheKey('a', 'bc'))
  })
})
