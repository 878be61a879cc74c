import { join } from 'node:path'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { brokerConfig, certificateFilesOf } from './config.ts'
import { openBrokerLog } from './spool/open-broker-log.ts'
import { startBroker } from './start-broker.ts'

/** The broker alone: any number of them share the devices. */
runService({
  name: 'broker',
  start: async ({ logger, env, registry, tracing }) => {
    const config = parseConfig(brokerConfig, env)
    const metrics = createMetrics('broker', registry)
    const opened = await openBrokerLog(config, { component: 'broker', logger, registry, metrics })
    const { log } = opened
    const broker = await startBroker(
      { ...opened, logger, metrics, tracing },
      {
        host: config.PULSEWIRE_HOST,
        mqttPort: config.PULSEWIRE_MQTT_PORT,
        mqttsPort: config.PULSEWIRE_MQTTS_PORT,
        certificateDirectory: join(config.PULSEWIRE_DATA_DIR, 'tls'),
        certificateHosts: config.PULSEWIRE_TLS_HOSTS,
        ...certificateFilesOf(config),
      },
    )
    return {
      ready: { mqttPort: broker.mqttPort, mqttsPort: broker.mqttsPort },
      probes: { log: () => log.ends('registry'), ...broker.probes },
      health: () => broker.health(),
      stop: async () => {
        await broker.stop()
        await log.close()
      },
    }
  },
})
