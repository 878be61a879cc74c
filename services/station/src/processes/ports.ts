import { join } from 'node:path'
import { openEventLog, type EventLog } from '@pulsewire/event-log'
import { openEmbeddedVitalsStore, type VitalsStore } from '@pulsewire/vitals-store'
import type { StationConfig } from '../config.ts'
import { isLocked, openWhenFree } from './announce.ts'

/** The event log of a station: the processes share it. */
export function openLog(config: StationConfig): Promise<EventLog> {
  return openEventLog({ kind: 'embedded', directory: join(config.PULSEWIRE_DATA_DIR, 'log') })
}

/** The time-series store of a station: one process holds it, the one of a station that is just ending perhaps still. */
export function openStore(config: StationConfig): Promise<VitalsStore> {
  const directory = join(config.PULSEWIRE_DATA_DIR, 'store')
  return openWhenFree(() => openEmbeddedVitalsStore({ directory }), isLocked)
}
