import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createEngine, type Engine, type EngineSetup } from './engine-process.ts'
import { isAlive } from './pids.ts'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-engine-test-'))
/** A stand-in for an engine: it serves when it has written its file. */
const PROGRAM = `
  const file = process.argv[1]
  require('node:fs').writeFileSync(file, 'x')
  setInterval(() => {}, 1000)
`

function setup(name: string, further: Partial<EngineSetup> = {}): EngineSetup {
  const serving = join(directory, name, 'serving')
  return {
    name,
    directory: join(directory, name),
    command: process.execPath,
    args: ['-e', PROGRAM, serving],
    ready: async () => {
      if (!existsSync(serving)) throw new Error('not yet')
    },
    ...further,
  }
}

const pidOf = (engine: Engine): number => {
  if (engine.pid === undefined) throw new Error(`${engine.name} does not run`)
  return engine.pid
}

beforeAll(() => {
  // The parent of the test below, as a program of its own.
  const lines = [
    `import { createEngine } from ${JSON.stringify(join(import.meta.dirname, 'engine-process.ts'))}`,
    `const [directory, program] = process.argv.slice(2)`,
    `const args = ['-e', program, directory + '/serving']`,
    `const engine = createEngine({ name: 'child', directory, command: process.execPath, args, ready: async () => {}, temporary: true })`,
    `await engine.start()`,
    `console.log(engine.pid)`,
    `setInterval(() => {}, 1000)`,
  ]
  writeFileSync(join(directory, 'parent.mts'), lines.join('\n'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the process of an engine', () => {
  it('ends, and its temporary directory goes, when its parent is killed', async () => {
    const home = join(directory, 'child')
    const program = [join(directory, 'parent.mts'), home, PROGRAM]
    const parent = spawn(process.execPath, ['--import', 'tsx', ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(parent.stdout, 'data')
    const pid = Number(String(said))
    expect(isAlive(pid)).toBe(true)
    process.kill(pid, 'SIGSTOP')
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 30_000 })
    await vi.waitFor(() => expect(existsSync(home)).toBe(false), { timeout: 30_000 })
  })

  it('is found again by its pid file, by a second handle', async () => {
    const first = createEngine(setup('found', { outlives: true }))
    await first.start()
    const second = createEngine(setup('found', { outlives: true }))
    expect(second.pid).toBe(first.pid)
    await second.start()
    expect(second.pid).toBe(first.pid)
    await second.stop()
    expect(first.pid).toBeUndefined()
  })

  it('is not taken for the stranger to whom a stale pid file points', async () => {
    const engine = createEngine(setup('stale'))
    await engine.start()
    await engine.kill()
    writeFileSync(join(directory, 'stale', 'stale.pid'), `${process.pid}\n`)
    const next = createEngine(setup('stale'))
    expect(next.pid).toBeUndefined()
    await next.start()
    expect(pidOf(next)).not.toBe(process.pid)
    await next.kill()
  })

  it('stops in order while it is paused', async () => {
    const engine = createEngine(setup('paused'))
    await engine.start()
    const pid = pidOf(engine)
    engine.pause()
    await engine.stop()
    expect(isAlive(pid)).toBe(false)
  })

  it('says what an engine printed that ends while it starts', async () => {
    const broken = setup('broken', {
      args: ['-e', 'console.error("no such disk"); process.exit(3)', directory],
      ready: () => Promise.reject(new Error('not yet')),
    })
    await expect(createEngine(broken).start()).rejects.toThrow(/ended while starting:\n.*no such disk/s)
  })

  it('names a program that is not there', async () => {
    await expect(createEngine(setup('absent', { command: 'no-such-program' })).start()).rejects.toThrow(
      'no-such-program',
    )
  })
})
