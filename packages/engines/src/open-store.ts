import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import { openEmbeddedVitalsStore, openInfluxVitalsStore, type VitalsStore } from '@pulsewire/vitals-store'
import type { Registry } from '@pulsewire/runtime'
import type { EngineConfig } from './config.ts'
import { measuredStore } from './measured-store.ts'

/**
 * The time-series store that the configuration names. `onDamage` is told of what cannot be read any more; in `registry` it counts
 * what is written and asked.
 */
export async function openStore(
  config: EngineConfig,
  onDamage: (error: PulsewireError) => void,
  registry?: Registry,
): Promise<VitalsStore> {
  const store = await openConfigured(config, onDamage)
  return registry === undefined ? store : measuredStore(store, registry)
}

async function openConfigured(config: EngineConfig, onDamage: (error: PulsewireError) => void): Promise<VitalsStore> {
  if (config.PULSEWIRE_STORE === 'embedded') {
    return openEmbeddedVitalsStore({ directory: join(config.PULSEWIRE_DATA_DIR, 'store'), onDamage })
  }
  const { PULSEWIRE_INFLUX_TOKEN: token } = config
  if (token === undefined) {
    throw new PulsewireError('PW_CONFIG_INVALID', 'PULSEWIRE_STORE=influxdb needs PULSEWIRE_INFLUX_TOKEN')
  }
  return openInfluxVitalsStore({
    url: config.PULSEWIRE_INFLUX_URL,
    token,
    org: config.PULSEWIRE_INFLUX_ORG,
    bucket: config.PULSEWIRE_INFLUX_BUCKET,
    onDamage,
  })
}
