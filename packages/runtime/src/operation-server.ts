import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readiness } from './probes.ts'
import type { Health } from './run-service.ts'

/** What a process, or all those of a station, says to who operates it. */
export interface Operation {
  /** Alive and not stuck: else it should be killed and started again. */
  live(): Health | Promise<Health>
  /** Does its work now: else it needs no restart, but nothing should be sent to it and somebody should look. */
  ready(): Promise<Readiness>
  /** In Prometheus' text format. */
  metrics(): Promise<string>
}

export interface OperationServer {
  readonly port: number
  stop(): Promise<void>
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Serves `/healthz`, `/readyz` and `/metrics`, as the API does at its root. Rejects where the port cannot be had. */
export async function startOperationServer(options: {
  readonly host: string
  readonly port: number
  readonly operation: Operation
}): Promise<OperationServer> {
  const { host, port, operation } = options
  const answer = async (path: string): Promise<{ status: number; type: string; body: string }> => {
    const json = (ok: boolean, body: object) => ({
      status: ok ? 200 : 503,
      type: 'application/json',
      body: JSON.stringify(body),
    })
    if (path === '/healthz') {
      const health = await operation.live()
      return json(health.ok, health)
    }
    if (path === '/readyz') {
      const { ok, parts } = await operation.ready()
      return json(ok, { ok, ...parts })
    }
    if (path === '/metrics') return { status: 200, type: METRICS_TYPE, body: await operation.metrics() }
    return { status: 404, type: 'text/plain', body: 'healthz, readyz, metrics\n' }
  }
  const server = createServer({ requestTimeout: 5_000, keepAliveTimeout: 5_000 }, (request, response) => {
    answer((request.url ?? '').split('?')[0] ?? '')
      .catch((error: unknown) => ({ status: 500, type: 'text/plain', body: String(error) }))
      .then(({ status, type, body }) => {
        response.writeHead(request.method === 'GET' || request.method === 'HEAD' ? status : 405, {
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          'cache-control': 'no-store',
        })
        response.end(request.method === 'HEAD' ? undefined : body)
      })
      .catch(() => response.destroy())
  })
  // Probes are few: what is more is somebody's mistake, and must not cost the service its file descriptors.
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address: AddressInfo | string | null = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
