import { errorCodeOf } from '@pulsewire/contracts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** Tells a failure to log and metrics. Answers what is wrong in words; nothing where a partition only has another owner by now (PW_CONFLICT), which is no fault. */
export type FailureReport = (error: unknown, what?: string) => string | undefined

/** For consumers that share partitions: what fails there may be the owner that came after. `what` stands for the error's own words. */
export function createFailureReport(
  logger: Pick<Logger, 'info' | 'error'>,
  metrics: Pick<Metrics, 'errors'>,
): FailureReport {
  return (error, what) => {
    const code = errorCodeOf(error)
    if (code === 'PW_CONFLICT') {
      logger.info({ err: error }, `${what === undefined ? '' : `${what}: `}a partition has another owner by now`)
      return undefined
    }
    metrics.errors.inc({ code })
    const words = what ?? (error instanceof Error ? error.message : String(error))
    logger.error({ err: error }, words)
    return words
  }
}
