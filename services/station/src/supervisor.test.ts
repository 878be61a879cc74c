import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSilentLogger } from '@pulsewire/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSupervisor, type Supervisor } from './supervisor.ts'

let directory: string
let supervisor: Supervisor
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-supervisor-'))
  supervisor = createSupervisor({
    logger: createSilentLogger(),
    firstReadyWithinMs: 5_000,
    stopWithinMs: 1_000,
    restartAfterMs: 10,
  })
})
afterEach(async () => {
  await supervisor.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** A process that does what `body` says. */
function moduleOf(body: string): string {
  const path = join(directory, `child-${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(path, body)
  return path
}
const READY = `process.send({ type: 'ready', pid: process.pid, port: process.env.PORT }); setInterval(() => {}, 1000);`

describe('supervisor', () => {
  it('resolves with what a process says when it serves', async () => {
    const ready = await supervisor.start({ name: 'a', module: moduleOf(READY), env: () => ({ PORT: '7' }) })
    expect(ready).toMatchObject({ type: 'ready', port: '7' })
    expect(supervisor.pids()).toEqual({ a: ready['pid'] })
  })

  it('starts a killed process again, with the environment of that moment', async () => {
    let port = 1
    const first = await supervisor.start({ name: 'a', module: moduleOf(READY), env: () => ({ PORT: String(port++) }) })
    process.kill(Number(first['pid']), 'SIGKILL')
    await vi.waitFor(() => {
      expect(supervisor.pids()['a']).toBeTypeOf('number')
      expect(supervisor.pids()['a']).not.toBe(first['pid'])
    })
    expect(port).toBe(3)
  })

  it('gives a start up where a process ends again and again before it is ready', async () => {
    const module = moduleOf('process.exit(1)')
    await expect(supervisor.start({ name: 'a', module, env: () => ({}) })).rejects.toThrow(/a does not start/)
  })

  it('starts a process again that was ready once, whatever it ends with', async () => {
    const first = await supervisor.start({
      name: 'a',
      module: moduleOf(`${READY} setTimeout(() => process.exit(2), 20)`),
      env: () => ({}),
    })
    await vi.waitFor(() => {
      expect(supervisor.pids()['a']).toBeTypeOf('number')
      expect(supervisor.pids()['a']).not.toBe(first['pid'])
    })
  })

  it('starts a process again that fails before it is ready', async () => {
    const marker = join(directory, 'tried')
    const body = `import { existsSync, writeFileSync } from 'node:fs'
      if (!existsSync(${JSON.stringify(marker)})) { writeFileSync(${JSON.stringify(marker)}, ''); process.exit(1) }
      ${READY}`
    await expect(supervisor.start({ name: 'a', module: moduleOf(body), env: () => ({}) })).resolves.toBeDefined()
  })

  it('gives up at once where a process refuses its configuration', async () => {
    const start = supervisor.start({ name: 'a', module: moduleOf('process.exit(2)'), env: () => ({}) })
    await expect(start).rejects.toThrow('a refused its configuration')
  })

  it('ends a process that does not listen, and starts nothing after a stop', async () => {
    const deaf = `process.on('SIGTERM', () => {}); ${READY}`
    const { pid } = await supervisor.start({ name: 'deaf', module: moduleOf(deaf), env: () => ({}) })
    await supervisor.stop()
    expect(supervisor.pids()).toEqual({})
    expect(() => process.kill(Number(pid), 0)).toThrow()
  })
})
