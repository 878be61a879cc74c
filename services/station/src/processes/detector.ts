import { startDetector } from '@pulsewire/detector'
import { openLog } from '@pulsewire/engines'
import { createMetrics, runService } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { announceReady } from './announce.ts'

/** A detector shard: any number of them share the patients. */
runService({
  name: 'detector',
  start: async ({ logger, env }) => {
    const log = await openLog(readStationConfig(env), { component: 'detector', logger })
    const detector = await startDetector({ log, logger, metrics: createMetrics('detector') }, {})
    announceReady({})
    return {
      health: () => detector.health(),
      stop: async () => {
        await detector.stop()
        await log.close()
      },
    }
  },
})
