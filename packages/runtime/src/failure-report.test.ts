import { PulsewireError } from '@pulsewire/contracts'
import { expect, it, vi } from 'vitest'
import { createFailureReport } from './failure-report.ts'
import { createMetrics } from './metrics.ts'

const counted = (metrics: ReturnType<typeof createMetrics>) => metrics.registry.metrics()

it('a failure is logged and counted by its code, and answered in words', async () => {
  const [logger, metrics] = [{ info: vi.fn(), error: vi.fn() }, createMetrics('notifier')]
  const report = createFailureReport(logger, metrics)
  const error = new PulsewireError('PW_LOG_UNAVAILABLE', 'no answer')
  expect([report(error), report(error, 'round failed'), report('broken')]).toEqual([
    error.message,
    'round failed',
    'broken',
  ])
  expect(logger.error).toHaveBeenCalledWith({ err: error }, 'round failed')
  expect(await counted(metrics)).toContain('errors_total{code="PW_LOG_UNAVAILABLE"} 2')
})

it('that a partition has another owner is told, and is no failure', async () => {
  const [logger, metrics] = [{ info: vi.fn(), error: vi.fn() }, createMetrics('notifier')]
  const report = createFailureReport(logger, metrics)
  expect(report(new PulsewireError('PW_CONFLICT', 'somebody else writes'))).toBeUndefined()
  expect(logger.info).toHaveBeenCalledOnce()
  expect(logger.error).not.toHaveBeenCalled()
  expect(await counted(metrics)).not.toContain('PW_CONFLICT')
})
