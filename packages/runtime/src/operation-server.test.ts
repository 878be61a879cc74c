import { afterEach, describe, expect, it } from 'vitest'
import { startOperationServer, type Operation, type OperationServer } from './operation-server.ts'
import { askProbes, healthProbe } from './probes.ts'

let server: OperationServer | undefined
afterEach(async () => server?.stop())

async function ask(
  operation: Partial<Operation>,
  path: string,
  method = 'GET',
): Promise<{ status: number; text: string }> {
  const whole: Operation = {
    live: () => ({ ok: true, detail: 'turning' }),
    ready: () => askProbes({}),
    metrics: async () => 'a 1\n',
    ...operation,
  }
  server = await startOperationServer({ host: '127.0.0.1', port: 0, operation: whole })
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  return { status: answer.status, text: await answer.text() }
}

describe('operation server', () => {
  it('says which part is not ready, and why', async () => {
    const { status, text } = await ask(
      {
        ready: () =>
          askProbes(
            {
              log: async () => Promise.reject(new Error('Kafka is away')),
              store: () => undefined,
              service: healthProbe({ health: () => ({ ok: false, detail: 'no round for 12 s' }) }),
              stuck: () => new Promise(() => undefined),
            },
            20,
          ),
      },
      '/readyz',
    )
    expect(status).toBe(503)
    expect(JSON.parse(text)).toEqual({
      ok: false,
      log: 'Kafka is away',
      store: 'ok',
      service: 'no round for 12 s',
      stuck: 'no answer within 20 ms',
    })
  })

  it('is ready where all parts are', async () => {
    expect(await ask({ ready: () => askProbes({ log: () => undefined }) }, '/readyz?verbose')).toEqual({
      status: 200,
      text: '{"ok":true,"log":"ok"}',
    })
  })

  it('says that the process is stuck', async () => {
    expect(await ask({ live: () => ({ ok: false, detail: 'no round for 70 s' }) }, '/healthz')).toMatchObject({
      status: 503,
    })
  })

  it('shows the metrics', async () => {
    expect(await ask({}, '/metrics')).toEqual({ status: 200, text: 'a 1\n' })
  })

  it('answers where a part throws, other paths and other methods, too', async () => {
    expect((await ask({ metrics: () => Promise.reject(new Error('no')) }, '/metrics')).status).toBe(500)
    await server?.stop()
    expect((await ask({}, '/etc/passwd')).status).toBe(404)
    await server?.stop()
    expect((await ask({}, '/metrics', 'POST')).status).toBe(405)
  })

  it('refuses a port that is taken', async () => {
    await ask({}, '/healthz')
    const port = server?.port ?? 0
    const operation: Operation = {
      live: () => ({ ok: true, detail: '' }),
      ready: () => askProbes({}),
      metrics: async () => '',
    }
    await expect(startOperationServer({ host: '127.0.0.1', port, operation })).rejects.toThrow('EADDRINUSE')
  })
})
