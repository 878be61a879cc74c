import { parseConfig, port, runService, sharedConfig } from '@pulsewire/runtime'
import { readDemoCredentials } from '../demo/provision.ts'
import { startDemoWard } from '../demo/run.ts'
import { announceReady } from './announce.ts'

/** The process of the demo's wearables: apart from the system, as real ones are. */
runService({
  name: 'demo',
  start: async ({ env }) => {
    const { PULSEWIRE_DATA_DIR: dataDirectory, PULSEWIRE_MQTT_PORT: mqttPort } = parseConfig(
      { ...sharedConfig, PULSEWIRE_MQTT_PORT: port },
      env,
    )
    const ward = await startDemoWard({ dataDirectory, mqttPort, credentials: readDemoCredentials(dataDirectory) })
    announceReady({})
    return ward
  },
})
