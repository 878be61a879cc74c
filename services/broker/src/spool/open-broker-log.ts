import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errorCodeOf } from '@pulsewire/contracts'
import { openLog, type EngineConfig } from '@pulsewire/engines'
import { openSpooledEventLog, type EventLog, type SpoolStatus } from '@pulsewire/event-log'
import type { Logger, Metrics } from '@pulsewire/runtime'

type OpenLogParts = Parameters<typeof openLog>[1]

export interface BrokerLogConfig extends EngineConfig {
  readonly PULSEWIRE_SPOOL: boolean
  readonly PULSEWIRE_SPOOL_BYTES: number
}

/** The log as a broker uses it. */
export interface BrokerLog {
  readonly log: EventLog
  /** Where it has a spool before it. */
  readonly spool?: BrokerSpool
}

/** The spool of a broker. */
export interface BrokerSpool {
  /** What this broker is called where it reports what waits: the same after a restart, as the spool is. */
  readonly name: string
  readonly status: () => SpoolStatus
}

/** The log that the configuration names, with a spool before it where `PULSEWIRE_SPOOL` says so: then it opens whether the log is there or not. */
export async function openBrokerLog(
  config: BrokerLogConfig,
  parts: OpenLogParts & { readonly logger: Logger; readonly metrics: Metrics },
): Promise<BrokerLog> {
  const { logger, metrics } = parts
  if (!config.PULSEWIRE_SPOOL) return { log: await openLog(config, parts) }
  const directory = join(config.PULSEWIRE_DATA_DIR, 'spool')
  const spooled = await openSpooledEventLog({
    open: () => openLog(config, parts),
    directory,
    maxBytes: config.PULSEWIRE_SPOOL_BYTES,
    onError: (error) => {
      metrics.errors.inc({ code: errorCodeOf(error) })
      logger.warn({ err: error }, `spool: ${error.message}`)
    },
    onSpooling: (spooling, reason) => {
      if (spooling) logger.warn({ err: reason }, 'the log does not take what comes: it is kept in the spool')
      else logger.info('the spool is empty: what comes goes into the log')
    },
    onRegistryReachable: (reachable, reason) => {
      if (reachable) logger.info('the registry is up to date')
      else {
        const text = 'the registry cannot be brought up to date: devices are known and stamped by its last known state'
        logger.warn({ err: reason }, text)
      }
    },
  })
  return { log: spooled, spool: { name: nameOf(directory), status: () => spooled.spool } }
}

function nameOf(directory: string): string {
  const path = join(directory, 'name')
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const name = `${hostname()}-${randomBytes(3).toString('hex')}`
  mkdirSync(directory, { recursive: true })
  writeFileSync(path, name)
  return name
}
