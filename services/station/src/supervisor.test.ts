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

  it('waits longer for the first start of a process that is heard of, and not for one that is silent', async () => {
    const hasty = createSupervisor({ logger: createSilentLogger(), firstReadyWithinMs: 3_000, stopWithinMs: 1_000 })
    try {
      const slow = moduleOf(`const beat = setInterval(() => process.send({ type: 'beat' }), 50)
        setTimeout(() => { clearInterval(beat); ${READY} }, 4_000)`)
      const silent = moduleOf('setInterval(() => {}, 1000)')
      await Promise.all([
        expect(hasty.start({ name: 'slow', module: slow, env: () => ({}) })).resolves.toMatchObject({ type: 'ready' }),
        expect(hasty.start({ name: 'silent', module: silent, env: () => ({}) })).rejects.toThrow(
          /not ready within 3000/,
        ),
      ])
    } finally {
      await hasty.stop()
    }
  }, 20_000)

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

  describe('a process that hangs', () => {
    const BEATING = `${READY} setInterval(() => process.send({ type: 'alive' }), 20);`
    /** A supervisor that notices soon. */
    const quick = (): Supervisor =>
      createSupervisor({ logger: createSilentLogger(), restartAfterMs: 10, hangAfterMs: 1_000, watchEveryMs: 50 })
    const isRestarted = (pid: unknown): Promise<void> =>
      vi.waitFor(
        () => {
          expect(supervisor.pids()['a']).toBeTypeOf('number')
          expect(supervisor.pids()['a']).not.toBe(pid)
        },
        { timeout: 5_000 },
      )

    it('because it was stopped (SIGSTOP) is killed and started again', async () => {
      supervisor = quick()
      const { pid } = await supervisor.start({ name: 'a', module: moduleOf(BEATING), env: () => ({}) })
      process.kill(Number(pid), 'SIGSTOP')
      await isRestarted(pid)
      expect(await supervisor.operation.metrics()).toContain('pulsewire_station_hung_total{process="a"} 1')
    })

    it('because its event loop does not turn is killed and started again', async () => {
      supervisor = quick()
      const marker = join(directory, 'blocked')
      const body = `import { existsSync, writeFileSync } from 'node:fs'; ${BEATING}
        if (!existsSync(${JSON.stringify(marker)})) setTimeout(() => { writeFileSync(${JSON.stringify(marker)}, ''); for (;;); }, 50)`
      const { pid } = await supervisor.start({ name: 'a', module: moduleOf(body), env: () => ({}) })
      await isRestarted(pid)
    })

    it('is told from one that works: as long as it is heard of, it is left alone', async () => {
      supervisor = quick()
      const { pid } = await supervisor.start({ name: 'a', module: moduleOf(BEATING), env: () => ({}) })
      const looks = vi.fn<() => void>()
      const timer = setInterval(looks, 50)
      await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(35), { timeout: 5_000 })
      clearInterval(timer)
      expect(supervisor.pids()['a']).toBe(pid)
      expect(supervisor.operation.live()).toEqual({ ok: true, detail: 'a' })
    })

    it('is not looked for in the time that the supervisor itself was paused', async () => {
      supervisor = createSupervisor({ logger: createSilentLogger(), hangAfterMs: 1_000, watchEveryMs: 50 })
      const { pid } = await supervisor.start({ name: 'a', module: moduleOf(BEATING), env: () => ({}) })
      process.kill(Number(pid), 'SIGSTOP')
      const until = performance.now() + 2_500
      while (performance.now() < until);
      process.kill(Number(pid), 'SIGCONT')
      const looks = vi.fn<() => void>()
      const timer = setInterval(looks, 50)
      await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(14), { timeout: 5_000 })
      clearInterval(timer)
      expect(supervisor.pids()['a']).toBe(pid)
    })
  })

  it('tells of each process whether it is ready, and that one does not answer', async () => {
    const answering = `process.on('message', (asked) => {
        if (asked.operation === 'ready') process.send({ operation: 'answer', id: asked.id, value: { ok: false, parts: { log: 'away', store: 'ok' } } })
        if (asked.operation === 'metrics') process.send({ operation: 'answer', id: asked.id, value: '# TYPE a gauge\\na 1\\n' })
      }); ${READY}`
    await supervisor.start({ name: 'a', module: moduleOf(answering), env: () => ({}) })
    await supervisor.start({ name: 'b', module: moduleOf(READY), env: () => ({}) })
    expect(await supervisor.operation.ready()).toEqual({ ok: false, parts: { a: 'log: away', b: 'does not answer' } })
    const metrics = await supervisor.operation.metrics()
    expect(metrics).toContain('a{process="a"} 1')
    expect(metrics).toContain('pulsewire_station_process_up{process="a"} 1')
    expect(metrics).toContain('pulsewire_station_process_up{process="b"} 0')
  })
})
