import { join } from 'node:path'
import { openEventLog } from '@pulsewire/event-log'
import { createMetrics, parseConfig, runService, sharedConfig } from '@pulsewire/runtime'
import { startDetector } from './detector.ts'

/** A detector alone: any number of them share the patients. */
runService({
  name: 'detector',
  start: async ({ logger, env }) => {
    const config = parseConfig(sharedConfig, env)
    const log = await openEventLog({ kind: 'embedded', directory: join(config.PULSEWIRE_DATA_DIR, 'log') })
    const detector = await startDetector({ log, logger, metrics: createMetrics('detector') })
    return {
      health: () => detector.health(),
      stop: async () => {
        await detector.stop()
        await log.close()
      },
    }
  },
})
