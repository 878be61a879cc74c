import { join } from 'node:path'
import { openEventLog, type EventLog } from '@pulsewire/event-log'
import { openEmbeddedVitalsStore, type VitalsStore } from '@pulsewire/vitals-store'
import { errorCodeOf } from '@pulsewire/contracts'
import type { Logger, Metrics } from '@pulsewire/runtime'
import type { StationConfig } from '../config.ts'
import { isLocked, openWhenFree } from './announce.ts'

/** The event log of a station: the processes share it. */
export function openLog(config: StationConfig): Promise<EventLog> {
  return openEventLog({ kind: 'embedded', directory: join(config.PULSEWIRE_DATA_DIR, 'log') })
}

/** The time-series store of a station: one process holds it, the one of a station that is just ending perhaps still. */
export function openStore(config: StationConfig, logger: Logger, metrics: Metrics): Promise<VitalsStore> {
  const directory = join(config.PULSEWIRE_DATA_DIR, 'store')
  const onDamage = (error: Error): void => {
    metrics.errors.inc({ code: errorCodeOf(error) })
    logger.error({ err: error }, `damage in the store: ${error.message}`)
  }
  return openWhenFree(() => openEmbeddedVitalsStore({ directory, onDamage }), isLocked)
}
