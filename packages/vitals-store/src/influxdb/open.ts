import { PulsewireError } from '@pulsewire/contracts'
import type { VitalsStore } from '../port.ts'
import type { InfluxStoreOptions } from './options.ts'

/** Opens the time-series store on an InfluxDB 2. */
export async function openInfluxVitalsStore(options: InfluxStoreOptions): Promise<VitalsStore> {
  throw new PulsewireError('PW_STORE_UNAVAILABLE', `${options.url}: not there yet`)
}
