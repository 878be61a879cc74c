import { engineConfig, openLog } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { startDetector } from './detector.ts'

/** A detector alone: any number of them share the patients. */
runService({
  name: 'detector',
  start: async ({ logger, env, registry, tracing }) => {
    const config = parseConfig(engineConfig, env)
    const log = await openLog(config, { component: 'detector', logger, registry })
    const detector = await startDetector({ log, logger, metrics: createMetrics('detector', registry), tracing })
    return {
      ready: {},
      probes: { log: () => log.ends('telemetry') },
      alive: () => detector.alive(),
      health: () => detector.health(),
      stop: async () => {
        await detector.stop()
        await log.close()
      },
    }
  },
})
