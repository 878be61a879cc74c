import { PulsewireError } from '@pulsewire/contracts'
import { describe, expect, it, vi } from 'vitest'
import { watchLag } from './lag-watch.ts'
import { createMetrics } from './metrics.ts'

describe('watchLag', () => {
  const logWith = (next: number) => ({
    ends: vi.fn(async () => [
      { partition: 0, earliest: 3, next },
      { partition: 1, earliest: 3, next: next + 5 },
      { partition: 2, earliest: 3, next },
    ]),
    committed: vi.fn(async () => [{ partition: 0, offset: 8 }]),
  })

  it('shows how far a consumer is behind also while it stands still', async () => {
    const metrics = createMetrics('recorder')
    const log = logWith(10)
    const lag = watchLag(log, metrics)
    lag.at('telemetry', 0, 4)
    expect(await metrics.registry.metrics()).toContain(
      'pulsewire_recorder_lag_records{topic="telemetry",partition="0"} 6',
    )
    expect(await metrics.registry.metrics()).not.toContain('partition="1"')
    // Asked again at once, the log is left alone.
    expect(log.ends).toHaveBeenCalledTimes(1)
  })

  it('begins where its group goes on, or where the log does, in the partitions that it was given', async () => {
    const metrics = createMetrics('recorder')
    const log = logWith(10)
    await watchLag(log, metrics).begin('recorder', ['telemetry'], [0, 1])
    expect(log.committed).toHaveBeenCalledWith('recorder', 'telemetry')
    const shown = await metrics.registry.metrics()
    expect(shown).toContain('lag_records{topic="telemetry",partition="0"} 2')
    expect(shown).toContain('lag_records{topic="telemetry",partition="1"} 12')
    expect(shown).not.toContain('partition="2"')
  })

  it('shows nothing of partitions that were given up', async () => {
    const metrics = createMetrics('recorder')
    const lag = watchLag(logWith(10), metrics)
    lag.at('telemetry', 0, 4)
    lag.at('telemetry', 1, 4)
    await metrics.registry.metrics()
    lag.released([1])
    expect(await metrics.registry.metrics()).not.toContain('partition="1"')
  })

  it('counts the error of a log that does not answer, and the metrics are answered all the same', async () => {
    const metrics = createMetrics('recorder')
    const ends = async () => Promise.reject(new PulsewireError('PW_LOG_UNAVAILABLE'))
    const lag = watchLag({ ...logWith(10), ends }, metrics)
    lag.at('telemetry', 0, 4)
    await metrics.registry.metrics()
    expect(await metrics.registry.metrics()).toContain('pulsewire_recorder_errors_total{code="PW_LOG_UNAVAILABLE"} 1')
  })
})
