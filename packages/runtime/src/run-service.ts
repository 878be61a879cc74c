import { errorCodeOf } from '@pulsewire/contracts'
import { createLogger, type Logger } from './logger.ts'

/** A part of the system that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>
  health(): Health
}

/** A service as `runService` runs it. */
export interface RunningService extends Running {
  /** Said on stdout in one line of JSON when it serves, after `"ready":true`: the ports that it found, and the like. */
  readonly ready?: Readonly<Record<string, unknown>>
}

export interface Health {
  readonly ok: boolean
  readonly detail: string
}

export interface RunOptions {
  readonly name: string
  readonly start: (context: { readonly logger: Logger; readonly env: NodeJS.ProcessEnv }) => Promise<RunningService>
  /** How long a graceful stop may take before the process ends all the same. Default 4 s. */
  readonly stopWithinMs?: number
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Runs a service as this process: stops it gracefully on SIGINT, SIGTERM, or when the parent that supervises it is gone (IPC
 * `disconnect`), and ends with a code other than 0 where it fails, so that a supervisor starts it again.
 */
export function runService({ name, start, stopWithinMs = 4_000, env = process.env }: RunOptions): void {
  const logger = createLogger(name)
  let running: Running | undefined
  let stopping = false

  const stop = async (reason: string, code: number): Promise<void> => {
    if (stopping) return
    stopping = true
    logger.info({ reason }, 'stopping')
    const deadline = setTimeout(() => {
      logger.error(`not stopped within ${stopWithinMs} ms`)
      process.exit(code === 0 ? 3 : code)
    }, stopWithinMs)
    try {
      await running?.stop()
    } catch (error) {
      logger.error({ err: error }, 'the stop failed')
      clearTimeout(deadline)
      process.exit(code === 0 ? 3 : code)
    }
    clearTimeout(deadline)
    process.exit(code)
  }
  const stopFor = (reason: string, code: number) => (): void => void stop(reason, code)

  process.on('SIGINT', stopFor('SIGINT', 0))
  process.on('SIGTERM', stopFor('SIGTERM', 0))
  if (process.send !== undefined) process.on('disconnect', stopFor('the parent is gone', 0))
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception')
    void stop('uncaught exception', 1)
  })
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection')
    void stop('unhandled rejection', 1)
  })

  start({ logger, env })
    .then((service) => {
      running = service
      logger.info('started')
      if (service.ready !== undefined) process.stdout.write(`${JSON.stringify({ ready: true, ...service.ready })}\n`)
    })
    .catch((error: unknown) => {
      logger.fatal({ err: error, code: errorCodeOf(error) }, error instanceof Error ? error.message : 'failed to start')
      process.exit(errorCodeOf(error) === 'PW_CONFIG_INVALID' ? 2 : 1)
    })
}
