import { join } from 'node:path'
import { certificateFilesOf, openBrokerLog, startBroker } from '@pulsewire/broker'
import { createMetrics, runService } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { announceReady, isAddressInUse, openWhenFree } from './announce.ts'

/** The MQTT broker with the durable path behind it. */
runService({
  name: 'broker',
  start: async ({ logger, env, registry, tracing }) => {
    const config = readStationConfig(env)
    const metrics = createMetrics('broker', registry)
    const opened = await openBrokerLog(config, { component: 'broker', logger, registry, metrics })
    const { log } = opened
    const broker = await openWhenFree(
      () =>
        startBroker(
          { ...opened, logger, metrics, tracing },
          {
            host: config.PULSEWIRE_HOST,
            mqttPort: config.PULSEWIRE_MQTT_PORT,
            mqttsPort: config.PULSEWIRE_MQTTS_PORT,
            certificateDirectory: join(config.PULSEWIRE_DATA_DIR, 'tls'),
            certificateHosts: config.PULSEWIRE_TLS_HOSTS,
            ...certificateFilesOf(config),
          },
        ),
      isAddressInUse,
    )
    announceReady({ mqttPort: broker.mqttPort, mqttsPort: broker.mqttsPort, caFile: broker.caFile })
    return {
      probes: { log: () => log.ends('registry'), ...broker.probes },
      health: () => broker.health(),
      stop: async () => {
        await broker.stop()
        await log.close()
      },
    }
  },
})
