import { join } from 'node:path'
import { openEventLog } from '@pulsewire/event-log'
import { createMetrics, parseConfig, runService, sharedConfig } from '@pulsewire/runtime'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { startRecorder } from './recorder.ts'

/** The recorder alone. With the embedded store it must be the one process that holds it. */
runService({
  name: 'recorder',
  start: async ({ logger, env }) => {
    const config = parseConfig(sharedConfig, env)
    const directory = config.PULSEWIRE_DATA_DIR
    const metrics = createMetrics('recorder')
    const log = await openEventLog({ kind: 'embedded', directory: join(directory, 'log') })
    const store = await openEmbeddedVitalsStore({
      directory: join(directory, 'store'),
      onDamage: (error) => {
        metrics.errors.inc({ code: error.code })
        logger.error({ err: error, code: error.code }, 'the store is damaged')
      },
    })
    const recorder = await startRecorder({ log, store, logger, metrics })
    return {
      health: () => recorder.health(),
      async stop() {
        await recorder.stop()
        await store.close()
        await log.close()
      },
    }
  },
})
