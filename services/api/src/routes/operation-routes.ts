import type { FastifyInstance } from 'fastify'
import type { Metrics, Operation } from '@pulsewire/runtime'
import type { ProbeResult } from '../views/probe.ts'

/** What operators and orchestrators ask for, at the root and without a session. */
export function registerOperation(
  app: FastifyInstance,
  deps: {
    readonly metrics: Metrics
    /** What covers all of a station's processes, where the API is one of them. */
    readonly station: Operation | undefined
    readonly probe: () => Promise<ProbeResult>
    readonly openApi: Record<string, unknown>
    readonly apiRoot: string
  },
): void {
  const { metrics, station, probe, openApi, apiRoot } = deps
  const document = JSON.stringify(openApi)
  app.get('/healthz', async (_, reply) => {
    const health = (await station?.live()) ?? { ok: true }
    return reply.code(health.ok ? 200 : 503).send(health)
  })
  app.get('/readyz', async (_, reply) => {
    const [own, all] = await Promise.all([probe(), station?.ready()])
    const ok = own.ok && all?.ok !== false
    return reply.code(ok ? 200 : 503).send({ ...own, ...(all === undefined ? {} : { processes: all.parts }), ok })
  })
  app.get('/metrics', async (_, reply) => {
    const text = await (station ?? metrics.registry).metrics()
    return reply.type(metrics.registry.contentType).send(text)
  })
  app.get(`${apiRoot}/openapi.json`, async (_, reply) => reply.type('application/json').send(document))
}
