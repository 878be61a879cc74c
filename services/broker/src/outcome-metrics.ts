import type { Outcome } from '@pulsewire/ingest'
import type { Metrics } from '@pulsewire/runtime'
import type { Collector } from './connection/turn-end.ts'

/**
 * Counts what became of messages. By kind, once for all of a turn of the event loop: the counter looks its labels through each time.
 * @param flushLater calls `flush` at the end of the turn
 */
export function createOutcomeMetrics(
  metrics: Pick<Metrics, 'received' | 'latencyMs'>,
  flushLater: (collector: Collector) => void,
): (outcome: Outcome, tookMs: number) => void {
  const counts = new Map<string, number>()
  const collector: Collector = {
    flush: () => {
      for (const [kind, count] of counts) metrics.received.inc({ kind }, count)
      counts.clear()
    },
  }
  return (outcome, tookMs) => {
    if (counts.size === 0) flushLater(collector)
    const kind = outcome.kind === 'stored' ? outcome.uplink : 'quarantined'
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    metrics.latencyMs.observe(ACKNOWLEDGED, tookMs)
  }
}

const ACKNOWLEDGED = { step: 'acknowledged' } as const
