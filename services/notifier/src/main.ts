import { openLog } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { notifierConfig } from './config.ts'
import { startConfiguredNotifier } from './start.ts'

/** The notifier alone: any number of them share the patients. */
runService({
  name: 'notifier',
  start: async ({ logger, env, registry }) => {
    const config = parseConfig(notifierConfig, env)
    const log = await openLog(config, { component: 'notifier', logger, registry })
    const notifier = await startConfiguredNotifier(
      { log, logger, metrics: createMetrics('notifier', registry) },
      config,
    )
    return {
      ready: {},
      probes: { log: () => log.ends('alarms') },
      alive: () => notifier.alive(),
      health: () => notifier.health(),
      stop: async () => {
        await notifier.stop()
        await log.close()
      },
    }
  },
})
