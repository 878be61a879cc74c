import { openLog } from '@pulsewire/engines'
import { startConfiguredNotifier } from '@pulsewire/notifier'
import { createMetrics, runService } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { announceReady } from './announce.ts'

/** The notifier: what talks to the world outside stands apart from what the ward needs. */
runService({
  name: 'notifier',
  start: async ({ logger, env, registry: metricsRegistry }) => {
    const config = readStationConfig(env)
    const log = await openLog(config, { component: 'notifier', logger, registry: metricsRegistry })
    const notifier = await startConfiguredNotifier(
      { log, logger, metrics: createMetrics('notifier', metricsRegistry) },
      config,
    )
    announceReady({})
    return {
      alive: () => notifier.alive(),
      health: () => notifier.health(),
      stop: async () => {
        await notifier.stop()
        await log.close()
      },
    }
  },
})
