import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { openStore as openConfiguredStore } from '@pulsewire/engines'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { errorCodeOf } from '@pulsewire/contracts'
import type { Logger, Metrics } from '@pulsewire/runtime'
import type { StationConfig } from '../config.ts'
import { isLocked, openWhenFree } from './announce.ts'

/**
 * The time-series store of a station: one process holds it, the one of a station that is just ending perhaps still. A damaged one is put aside, whole,
 * and a new one is filled from what the log still holds: patients are watched and rung for without their history too.
 */
export async function openStore(config: StationConfig, logger: Logger, metrics: Metrics): Promise<VitalsStore> {
  const directory = join(config.PULSEWIRE_DATA_DIR, 'store')
  const onDamage = (error: Error): void => {
    metrics.errors.inc({ code: errorCodeOf(error) })
    logger.error({ err: error }, `something is wrong in the store: ${error.message}`)
  }
  const open = (): Promise<VitalsStore> =>
    openWhenFree(() => openConfiguredStore(config, onDamage, metrics.registry), isLocked)
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof Error) || errorCodeOf(error) !== 'PW_STORE_DAMAGED') throw error
    const aside = `${directory}.damaged-${new Date().toISOString().replaceAll(':', '-')}`
    renameSync(directory, aside)
    onDamage(error)
    logger.error({ aside }, `the damaged store was put aside (${aside}); a new one is filled from the log`)
    return open()
  }
}
