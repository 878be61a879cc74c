import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What every component counts, under one scheme. */
export interface Metrics {
  readonly registry: Registry
  readonly received: Counter<'kind'>
  readonly sent: Counter<'kind'>
  readonly errors: Counter<'code'>
  /** Always 0: Pulsewire does not drop. The series is there so that an alert can watch it. */
  readonly dropped: Counter<'kind'>
  readonly queue: Gauge<'name'>
  /** What is open now: connections, sockets, partitions. */
  readonly open: Gauge<'name'>
  readonly lag: Gauge<'topic' | 'partition'>
  readonly latencyMs: Histogram<'step'>
  /** Called before the metrics are shown, to fill gauges that nobody would fill while nothing happens. Must not reject. */
  beforeLook(look: () => Promise<void>): void
}

const BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

/** The metrics of a component: `pulsewire_<component>_…`, in a registry of its own or in a shared one. */
export function createMetrics(component: string, registry: Registry = new Registry()): Metrics {
  const name = (metric: string): string => `pulsewire_${component.replaceAll('-', '_')}_${metric}`
  const registers = [registry]
  const dropped = new Counter({
    name: name('dropped_total'),
    help: 'Records dropped: always 0',
    labelNames: ['kind'],
    registers,
  })
  dropped.inc({ kind: 'any' }, 0)
  const looks: (() => Promise<void>)[] = []
  let looking: Promise<unknown> | undefined
  /** Once for all gauges of a scrape, before the first of them is read. */
  const collect = async (): Promise<void> => {
    looking ??= Promise.all(looks.map(async (look) => look())).finally(() => (looking = undefined))
    await looking
  }
  return {
    registry,
    dropped,
    beforeLook: (look) => looks.push(look),
    received: new Counter({ name: name('received_total'), help: 'Records received', labelNames: ['kind'], registers }),
    sent: new Counter({ name: name('sent_total'), help: 'Records sent on', labelNames: ['kind'], registers }),
    errors: new Counter({ name: name('errors_total'), help: 'Errors by code', labelNames: ['code'], registers }),
    queue: new Gauge({ name: name('queue'), help: 'Records waiting', labelNames: ['name'], registers, collect }),
    open: new Gauge({
      name: name('open'),
      help: 'Connections, sockets or partitions open now',
      labelNames: ['name'],
      registers,
      collect,
    }),
    lag: new Gauge({
      name: name('lag_records'),
      help: 'Records of the log not yet handled',
      labelNames: ['topic', 'partition'],
      registers,
      collect,
    }),
    latencyMs: new Histogram({
      name: name('latency_ms'),
      help: 'Milliseconds of a step',
      labelNames: ['step'],
      buckets: BUCKETS_MS,
      registers,
    }),
  }
}

/** CPU, memory and event-loop figures of the process. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix: 'pulsewire_process_' })
}
