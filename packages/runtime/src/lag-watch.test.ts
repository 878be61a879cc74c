import { PulsewireError } from '@pulsewire/contracts'
import { describe, expect, it, vi } from 'vitest'
import { watchLag } from './lag-watch.ts'
import { createMetrics } from './metrics.ts'

describe('watchLag', () => {
  const ends = (next: number) =>
    vi.fn(async () => [
      { partition: 0, next },
      { partition: 1, next: next + 5 },
    ])

  it('shows how far a consumer is behind also while it stands still', async () => {
    const metrics = createMetrics('recorder')
    const log = { ends: ends(10) }
    const lag = watchLag(log, metrics)
    lag.at('telemetry', 0, 4)
    expect(await metrics.registry.metrics()).toContain(
      'pulsewire_recorder_lag_records{topic="telemetry",partition="0"} 6',
    )
    expect(await metrics.registry.metrics()).not.toContain('partition="1"')
    // Asked again at once, the log is left alone.
    expect(log.ends).toHaveBeenCalledTimes(1)
  })

  it('shows nothing of partitions that were given up', async () => {
    const metrics = createMetrics('recorder')
    const lag = watchLag({ ends: ends(10) }, metrics)
    lag.at('telemetry', 0, 4)
    lag.at('telemetry', 1, 4)
    await metrics.registry.metrics()
    lag.released([1])
    expect(await metrics.registry.metrics()).not.toContain('partition="1"')
  })

  it('counts the error of a log that does not answer, and the metrics are answered all the same', async () => {
    const metrics = createMetrics('recorder')
    const lag = watchLag({ ends: async () => Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE')) }, metrics)
    lag.at('telemetry', 0, 4)
    await metrics.registry.metrics()
    expect(await metrics.registry.metrics()).toContain('pulsewire_recorder_errors_total{code="PW_LOG_UNAVAILABLE"} 1')
  })
})
