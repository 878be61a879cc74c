import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { NO_TRACING, startTracing, traceRecords, type Tracing } from './tracing.ts'

const NOBODY = 'http://127.0.0.1:9'
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
let tracing: Tracing | undefined
afterEach(async () => {
  await tracing?.stop()
  tracing = undefined
  vi.unstubAllEnvs()
})

/** The exporter reads the process's own environment. */
async function start(variables: Record<string, string>): Promise<Tracing> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  tracing = await startTracing('test', process.env)
  return tracing
}

describe('tracing', () => {
  it.each([
    ['nothing names a receiver', {}],
    ['it is switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY, OTEL_SDK_DISABLED: 'true' }],
    ['there is no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY, OTEL_TRACES_EXPORTER: 'none' }],
  ])('does nothing where %s', async (_, variables) => {
    expect(await start(variables)).toBe(NO_TRACING)
    expect(NO_TRACING.root('receive')).toBeUndefined()
  })

  it('traces one in a hundred, unless told otherwise', async () => {
    const started = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY })
    const traced = Array.from({ length: 4_000 }, () => started.root('receive')).filter((span) => span !== undefined)
    expect(traced.length).toBeGreaterThan(5)
    expect(traced.length).toBeLessThan(120)
  })

  it('traces what OTEL_TRACES_SAMPLER says', async () => {
    const started = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY, OTEL_TRACES_SAMPLER: 'always_on' })
    expect(started.root('receive')?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('goes on with a way that is traced, and with no other', async () => {
    const started = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY })
    expect(started.step('analyse', PARENT)?.traceparent).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/,
    )
    expect(started.step('analyse', PARENT.replace(/01$/, '00'))).toBeUndefined()
    expect(started.step('analyse', undefined)).toBeUndefined()
    expect(started.step('analyse', 'what a header may hold')).toBeUndefined()
  })

  it('does not hold up the stop where the receiver does not answer', async () => {
    const silent = createServer(() => undefined)
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const started = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
    const end = traceRecords(started, 'record', [{ headers: { traceparent: PARENT } }, { headers: {} }])
    end()
    const began = performance.now()
    await started.stop()
    expect(performance.now() - began).toBeLessThan(2_000)
    silent.closeAllConnections()
    silent.close()
  })
})
