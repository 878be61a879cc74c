import { createMetrics } from '@pulsewire/runtime'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { sourceText } from './tree.ts'

/** The services that run alone, and the parts that several of them have, as their metrics are called. */
const COMPONENTS = [
  'broker',
  'bridge',
  'detector',
  'alarm-manager',
  'recorder',
  'api',
  'notifier',
  'prover',
  'log',
  'store',
] as const
const sources = sourceText()

/** The names of all series that the services show, as Prometheus knows them. */
export function metricNames(): ReadonlySet<string> {
  const registry = new Registry()
  for (const component of COMPONENTS) {
    if (!sources.includes(`createMetrics('${component}'`))
      throw new Error(`no source makes the metrics of ${component}`)
    createMetrics(component, registry)
  }
  collectDefaultMetrics({ register: registry, prefix: 'pulsewire_process_' })
  return new Set(
    registry
      .getMetricsAsArray()
      .flatMap(({ name, type }) =>
        String(type) === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
  )
}

/** The metrics of ours in an expression that nobody has. A pattern of names must fit at least one. */
export function unknownMetrics(expression: string, known: ReadonlySet<string>): string[] {
  const patterns = [...expression.matchAll(/__name__=~"([^"]+)"/g)].map(([, pattern = '']) => pattern)
  const withoutPatterns = expression.replaceAll(/__name__=~"[^"]+"/g, '')
  return [
    ...(withoutPatterns.match(/\bpulsewire_\w+\b/g) ?? []).filter((name) => !known.has(name)),
    ...patterns.filter((pattern) => ![...known].some((name) => new RegExp(`^(?:${pattern})$`).test(name))),
  ]
}

/** Values of the labels `name`, `step` and `kind` in an expression that no source gives. */
export function labelValues(expression: string): string[] {
  return [...expression.matchAll(/\b(name|step|kind)="([^"]+)"/g)]
    .filter(([, , value = '']) => !sources.includes(`'${value}'`))
    .map(([found]) => found)
}
