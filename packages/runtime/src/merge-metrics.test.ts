import { describe, expect, it } from 'vitest'
import { mergeMetrics } from './merge-metrics.ts'
import { createMetrics } from './metrics.ts'

describe('mergeMetrics', () => {
  it('names the process in each sample, and keeps the samples of a metric together under one header', () => {
    const text = (value: number): string =>
      `# HELP a_total Some\n# TYPE a_total counter\na_total{kind="x{y"} ${value}\na_total ${value}\n\n# HELP b More\n# TYPE b gauge\nb 1\n`
    expect(mergeMetrics({ one: text(1), two: text(2) })).toBe(
      [
        '# HELP a_total Some',
        '# TYPE a_total counter',
        'a_total{process="one",kind="x{y"} 1',
        'a_total{process="one"} 1',
        'a_total{process="two",kind="x{y"} 2',
        'a_total{process="two"} 2',
        '# HELP b More',
        '# TYPE b gauge',
        'b{process="one"} 1',
        'b{process="two"} 1',
        '',
      ].join('\n'),
    )
  })

  it('takes what our metrics really look like, histograms too', async () => {
    const metrics = createMetrics('broker')
    metrics.latencyMs.observe({ step: 'durable' }, 7)
    const merged = mergeMetrics({ 'detector-0': await metrics.registry.metrics() })
    expect(merged).toContain('pulsewire_broker_latency_ms_bucket{process="detector-0",le="10",step="durable"} 1')
    expect(merged).toContain('pulsewire_broker_dropped_total{process="detector-0",kind="any"} 0')
    // One header each.
    expect(merged.match(/^# TYPE pulsewire_broker_latency_ms histogram$/gm)).toHaveLength(1)
  })
})
