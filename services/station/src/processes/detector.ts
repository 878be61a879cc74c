import { startDetector } from '@pulsewire/detector'
import { openLog } from '@pulsewire/engines'
import { createMetrics, runService } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { announceReady } from './announce.ts'

/** A detector shard: any number of them share the patients. */
runService({
  name: 'detector',
  start: async ({ logger, env, registry, tracing }) => {
    const log = await openLog(readStationConfig(env), { component: 'detector', logger, registry })
    const detector = await startDetector({ log, logger, metrics: createMetrics('detector', registry), tracing })
    announceReady({})
    return {
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
