import { engineConfig, openLog, openStore } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { startRecorder } from './recorder.ts'

/** The recorder alone. With the embedded store it must be the one process that holds it. */
runService({
  name: 'recorder',
  start: async ({ logger, env }) => {
    const config = parseConfig(engineConfig, env)
    const metrics = createMetrics('recorder')
    const log = await openLog(config, { component: 'recorder', logger })
    const store = await openStore(config, (error) => {
      metrics.errors.inc({ code: error.code })
      logger.error({ err: error, code: error.code }, 'the store is damaged')
    })
    const recorder = await startRecorder({ log, store, logger, metrics })
    return {
      ready: {},
      health: () => recorder.health(),
      async stop() {
        await recorder.stop()
        await store.close()
        await log.close()
      },
    }
  },
})
