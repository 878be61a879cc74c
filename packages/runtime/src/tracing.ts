import type { Attributes, Span } from '@opentelemetry/api'
import type { Environment } from './config.ts'

/** A step of a heartbeat's way that is being traced. */
export interface TraceSpan {
  /** W3C trace context of this step, for the header `traceparent` of what comes of it. */
  readonly traceparent: string
  end(error?: unknown): void
}

/** What a component traces with. Every answer is undefined where this one is not traced, which costs nothing. */
export interface Tracing {
  /** Where something enters the system: the sampler says whether its way is traced. */
  root(name: string, attributes?: Attributes): TraceSpan | undefined
  /** A step of a way that is traced already: `parent` is the header `traceparent`. */
  step(name: string, parent: string | undefined, attributes?: Attributes): TraceSpan | undefined
  /** Sends what is left. */
  stop(): Promise<void>
}

/** Traces nothing. */
export const NO_TRACING: Tracing = {
  root: () => undefined,
  step: () => undefined,
  stop: () => Promise.resolve(),
}

/** Of what enters, where OTEL_TRACES_SAMPLER does not say: a ward of 50 sends some hundred messages a second. */
const DEFAULT_RATIO = 0.01
const SAMPLED = 1
const STOP_WITHIN_MS = 1_000
/** W3C: version, trace, span, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/**
 * Traces by OTLP over HTTP, where OpenTelemetry's own variables name a receiver (OTEL_EXPORTER_OTLP_ENDPOINT or …_TRACES_ENDPOINT); else nothing
 * of it is even loaded.
 */
export async function startTracing(service: string, env: Environment): Promise<Tracing> {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''
  const isOff = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none'
  if (endpoint === '' || isOff) return NO_TRACING
  const { ROOT_CONTEXT, SpanStatusCode, trace } = await import('@opentelemetry/api')
  const sdk = await import('@opentelemetry/sdk-trace-node')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } =
    await import('@opentelemetry/resources')
  const sampler =
    (env['OTEL_TRACES_SAMPLER'] ?? '') === ''
      ? { sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(DEFAULT_RATIO) }) }
      : {}
  const provider = new sdk.NodeTracerProvider({
    ...sampler,
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': `pulsewire-${service}` }))
      // What the environment says of itself wins.
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  })
  const tracer = provider.getTracer('pulsewire')

  const shown = (span: Span): TraceSpan | undefined => {
    if (!span.isRecording()) return undefined
    const { traceId, spanId } = span.spanContext()
    return {
      traceparent: `00-${traceId}-${spanId}-01`,
      end: (error?: unknown) => {
        if (error !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR, ...(error instanceof Error ? { message: error.message } : {}) })
        }
        span.end()
      },
    }
  }
  return {
    root: (name, attributes = {}) => shown(tracer.startSpan(name, { attributes }, ROOT_CONTEXT)),
    step: (name, parent, attributes = {}) => {
      const [, traceId, spanId, flags] = TRACEPARENT.exec(parent ?? '') ?? []
      if (traceId === undefined || spanId === undefined) return undefined
      const traceFlags = Number.parseInt(flags ?? '0', 16) & SAMPLED
      if (traceFlags !== SAMPLED) return undefined
      const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
      return shown(tracer.startSpan(name, { attributes }, context))
    },
    // A receiver that does not answer must not hold up the stop.
    stop: async () => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_WITHIN_MS)
      })
      await Promise.race([provider.shutdown().catch(() => undefined), late])
      clearTimeout(timer)
    },
  }
}

/** Traces one step of those of `records` whose way is traced; call what it answers when the step is done. */
export function traceRecords(
  tracing: Tracing,
  name: string,
  records: readonly { readonly headers: Readonly<Record<string, string>> }[],
): (error?: unknown) => void {
  if (tracing === NO_TRACING) return () => undefined
  const spans = records.flatMap(({ headers }) => tracing.step(name, headers['traceparent']) ?? [])
  return (error) => {
    for (const span of spans) span.end(error)
  }
}
