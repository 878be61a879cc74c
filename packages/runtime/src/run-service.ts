import { setTimeout as delay } from 'node:timers/promises'
import { errorCodeOf } from '@pulsewire/contracts'
import { Registry } from 'prom-client'
import { parseConfig, sharedConfig } from './config.ts'
import { createLogger, type Logger } from './logger.ts'
import { watchLoop } from './loop-watch.ts'
import { collectProcessMetrics } from './metrics.ts'
import { openOperationChannel, startBeating, type OperationChannel } from './operation-channel.ts'
import { startOperationServer, type Operation, type OperationServer } from './operation-server.ts'
import { askProbes, healthProbe, type Probes } from './probes.ts'
import { startTracing, type Tracing } from './tracing.ts'

/** A part of the system that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>
  health(): Health
}

/** A service as `runService` runs it. */
export interface RunningService extends Running {
  /** Said on stdout in one line of JSON when it serves, after `"ready":true`: the ports that it found, and the like. */
  readonly ready?: Readonly<Record<string, unknown>>
  /** What `/readyz` asks besides `health()`: the log, the store, … */
  readonly probes?: Probes
  /** Whether the service's own rounds go on: where not, the process is to be killed and started again. Not whether what it needs is there. */
  alive?(): Health
  /** What the operation port serves instead, where that is more than this process (a station: all of its processes). */
  readonly operation?: Operation
}

export interface Health {
  readonly ok: boolean
  readonly detail: string
}

export interface ServiceContext {
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  /** What `/metrics` of this process shows. */
  readonly registry: Registry
  readonly tracing: Tracing
  /** The station that supervises this process: what it says of all of its processes. Absent where the process runs alone. */
  readonly station: OperationChannel | undefined
}

export interface RunOptions {
  readonly name: string
  readonly start: (context: ServiceContext) => Promise<RunningService>
  /** How long a graceful stop may take before the process ends all the same. Default 4 s. */
  readonly stopWithinMs?: number
  readonly env?: NodeJS.ProcessEnv
}

/** How long a service that is asked to stop while it starts may go on starting, ms. */
const START_ENDS_WITHIN_MS = 2_000

/**
 * Runs a service as this process: serves its operation port from the beginning, stops it gracefully on SIGINT, SIGTERM, or when the
 * parent that supervises it is gone (IPC `disconnect`), and ends with a code other than 0 where it fails, so that a supervisor starts
 * it again.
 */
export function runService({ name, start, stopWithinMs = 4_000, env = process.env }: RunOptions): void {
  const logger = createLogger(name)
  const registry = new Registry()
  collectProcessMetrics(registry)
  const loop = watchLoop()
  let running: RunningService | undefined
  let server: OperationServer | undefined
  let tracing: Tracing | undefined
  let stopping = false
  /** Resolves when the service has started, or has failed to. */
  let begun: Promise<void> = Promise.resolve()

  const live = (): Health => {
    const turning = loop.health()
    return turning.ok ? (running?.alive?.() ?? turning) : turning
  }
  const own: Operation = {
    live,
    ready: async () => {
      if (stopping) return { ok: false, parts: { service: 'stopping' } }
      if (running === undefined) return { ok: false, parts: { service: 'starting' } }
      return askProbes({ service: healthProbe(running), alive: healthProbe({ health: live }), ...running.probes })
    },
    metrics: () => registry.metrics(),
  }
  const station =
    process.send === undefined
      ? undefined
      : openOperationChannel(process, (asked) => (asked === 'ports' ? {} : own[asked]()))
  const stopBeating = startBeating(process, () => live().ok)

  const stop = async (reason: string, code: number): Promise<void> => {
    if (stopping) return
    stopping = true
    logger.info({ reason }, 'stopping')
    const deadline = setTimeout(() => {
      logger.error(`not stopped within ${stopWithinMs} ms`)
      process.exit(code === 0 ? 3 : code)
    }, stopWithinMs)
    try {
      // An end in the middle of opening files and threads is a crash: what has begun is finished first, if it does not take long.
      if (running === undefined) await Promise.race([begun, delay(START_ENDS_WITHIN_MS)])
      await running?.stop()
      await tracing?.stop()
      await server?.stop()
    } catch (error) {
      logger.error({ err: error }, 'the stop failed')
      clearTimeout(deadline)
      process.exit(code === 0 ? 3 : code)
    }
    clearTimeout(deadline)
    stopBeating()
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

  const begin = async (): Promise<void> => {
    const { PULSEWIRE_HOST: host, PULSEWIRE_OPERATION_PORT: port } = parseConfig(sharedConfig, env)
    if (port !== undefined) {
      const shown = (): Operation => running?.operation ?? own
      const operation: Operation = {
        live: () => shown().live(),
        ready: () => shown().ready(),
        metrics: () => shown().metrics(),
      }
      server = await startOperationServer({ host, port, operation })
      logger.info({ operationPort: server.port }, 'operation port')
    }
    tracing = await startTracing(name, env)
    const service = await start({ logger, env, registry, tracing, station })
    running = service
    logger.info('started')
    if (service.ready === undefined) return
    const at = server === undefined ? {} : { operationPort: server.port }
    process.stdout.write(`${JSON.stringify({ ready: true, ...service.ready, ...at })}\n`)
  }
  begun = begin().catch((error: unknown) => {
    logger.fatal({ err: error, code: errorCodeOf(error) }, error instanceof Error ? error.message : 'failed to start')
    process.exit(errorCodeOf(error) === 'PW_CONFIG_INVALID' ? 2 : 1)
  })
}
