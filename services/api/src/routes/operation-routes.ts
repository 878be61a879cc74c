import type { FastifyInstance } from 'fastify'
import type { Metrics } from '@pulsewire/runtime'
import type { ProbeResult } from '../views/probe.ts'

/** What operators and orchestrators ask for, at the root and without a session. */
export function registerOperation(
  app: FastifyInstance,
  deps: {
    readonly metrics: Metrics
    /** The metrics of the whole process, where more than the API runs in it. */
    readonly metricsText: (() => Promise<string>) | undefined
    readonly probe: () => Promise<ProbeResult>
    readonly openApi: Record<string, unknown>
    readonly apiRoot: string
  },
): void {
  const { metrics, metricsText, probe, openApi, apiRoot } = deps
  const document = JSON.stringify(openApi)
  app.get('/healthz', async (_, reply) => reply.type('application/json').send('{"ok":true}'))
  app.get('/readyz', async (_, reply) => {
    const result = await probe()
    return reply.code(result.ok ? 200 : 503).send(result)
  })
  app.get('/metrics', async (_, reply) => {
    const text = metricsText === undefined ? await metrics.registry.metrics() : await metricsText()
    return reply.type(metrics.registry.contentType).send(text)
  })
  app.get(`${apiRoot}/openapi.json`, async (_, reply) => reply.type('application/json').send(document))
}
