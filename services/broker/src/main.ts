import { join } from 'node:path'
import { openLog } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { brokerConfig } from './config.ts'
import { startBroker } from './start-broker.ts'

/** The broker alone: any number of them share the devices. */
runService({
  name: 'broker',
  start: async ({ logger, env, registry, tracing }) => {
    const config = parseConfig(brokerConfig, env)
    const log = await openLog(config, { component: 'broker', logger, registry })
    const broker = await startBroker(
      { log, logger, metrics: createMetrics('broker', registry), tracing },
      {
        host: config.PULSEWIRE_HOST,
        mqttPort: config.PULSEWIRE_MQTT_PORT,
        mqttsPort: config.PULSEWIRE_MQTTS_PORT,
        certificateDirectory: join(config.PULSEWIRE_DATA_DIR, 'tls'),
        certificateHosts: config.PULSEWIRE_TLS_HOSTS,
      },
    )
    return {
      ready: { mqttPort: broker.mqttPort, mqttsPort: broker.mqttsPort },
      probes: { log: () => log.ends('registry') },
      health: () => broker.health(),
      stop: async () => {
        await broker.stop()
        await log.close()
      },
    }
  },
})
