import type { PulsewireError } from '@pulsewire/contracts'
import { engineConfig, openLog, openStore, retentionConfig, startLogKeeper } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { startRecorder } from './recorder.ts'

/** The recorder alone, which also keeps the log small. With the embedded store it must be the one process that holds it. */
runService({
  name: 'recorder',
  start: async ({ logger, env, registry, tracing }) => {
    const config = parseConfig({ ...engineConfig, ...retentionConfig }, env)
    const metrics = createMetrics('recorder', registry)
    const log = await openLog(config, { component: 'recorder', logger, registry })
    const onDamage = (error: PulsewireError): void => {
      metrics.errors.inc({ code: error.code })
      logger.error({ err: error, code: error.code }, 'something is wrong in the store')
    }
    const store = await openStore(config, onDamage, registry)
    const recorder = await startRecorder({ log, store, logger, metrics, tracing })
    const keeper = startLogKeeper({ log, logger, config })
    return {
      ready: {},
      probes: { log: () => log.ends('telemetry'), store: () => store.positions(['telemetry']) },
      health: () => [recorder.health(), keeper.health()].find(({ ok }) => !ok) ?? recorder.health(),
      async stop() {
        await Promise.all([recorder.stop(), keeper.stop()])
        await store.close()
        await log.close()
      },
    }
  },
})
