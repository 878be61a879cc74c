import { join } from 'node:path'
import { startBroker } from '@pulsewire/broker'
import { openLog } from '@pulsewire/engines'
import { createMetrics, runService } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { announceReady, isAddressInUse, openWhenFree } from './announce.ts'

/** The MQTT broker with the durable path behind it. */
runService({
  name: 'broker',
  start: async ({ logger, env }) => {
    const config = readStationConfig(env)
    const log = await openLog(config, { component: 'broker', logger })
    const metrics = createMetrics('broker')
    const broker = await openWhenFree(
      () =>
        startBroker(
          { log, logger, metrics },
          {
            host: config.PULSEWIRE_HOST,
            mqttPort: config.PULSEWIRE_MQTT_PORT,
            mqttsPort: config.PULSEWIRE_MQTTS_PORT,
            certificateDirectory: join(config.PULSEWIRE_DATA_DIR, 'tls'),
          },
        ),
      isAddressInUse,
    )
    announceReady({ mqttPort: broker.mqttPort, mqttsPort: broker.mqttsPort, caFile: broker.caFile })
    return {
      health: () => broker.health(),
      stop: async () => {
        await broker.stop()
        await log.close()
      },
    }
  },
})
