import { openLog } from '@pulsewire/engines'
import { startProver } from '@pulsewire/prover'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, runService } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { announceReady } from './announce.ts'

/** The prover: apart from what it watches, so that it does not fall with it. */
runService({
  name: 'prover',
  start: async ({ logger, env, registry: metricsRegistry }) => {
    const config = readStationConfig(env)
    const log = await openLog(config, { component: 'prover', logger, registry: metricsRegistry })
    const registry = await openRegistryView(log, { onError: (error) => logger.error({ err: error }, error.message) })
    const prover = await startProver(
      { log, registry, logger, metrics: createMetrics('prover', metricsRegistry) },
      {
        mqttUrl: `mqtt://127.0.0.1:${config.PULSEWIRE_MQTT_PORT}`,
        apiUrl: `http://127.0.0.1:${config.PULSEWIRE_HTTP_PORT}`,
        everyMs: config.PULSEWIRE_PROOF_EVERY_S * 1000,
      },
    )
    announceReady({})
    return {
      health: () => prover.health(),
      stop: async () => {
        await prover.stop()
        await registry.close()
        await log.close()
      },
    }
  },
})
