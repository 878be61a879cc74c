import { PulsewireError } from '@pulsewire/contracts'
import { openLog } from '@pulsewire/engines'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { proverConfig } from './config.ts'
import { startProver } from './prover.ts'

/** The prover alone: one in an installation. */
runService({
  name: 'prover',
  start: async ({ logger, env, registry: metricsRegistry }) => {
    const config = parseConfig(proverConfig, env)
    const everyMs = config.PULSEWIRE_PROOF_EVERY_S * 1000
    if (everyMs === 0) throw new PulsewireError('PW_CONFIG_INVALID', 'PULSEWIRE_PROOF_EVERY_S: 0 = no prover is wanted')
    const log = await openLog(config, { component: 'prover', logger, registry: metricsRegistry })
    const registry = await openRegistryView(log, { onError: (error) => logger.error({ err: error }, error.message) })
    const prover = await startProver(
      { log, registry, logger, metrics: createMetrics('prover', metricsRegistry) },
      { mqttUrl: config.PULSEWIRE_PROOF_MQTT_URL, apiUrl: config.PULSEWIRE_PROOF_API_URL, everyMs },
    )
    return {
      ready: {},
      probes: { log: () => log.ends('findings') },
      health: () => prover.health(),
      stop: async () => {
        await prover.stop()
        await registry.close()
        await log.close()
      },
    }
  },
})
