import { engineConfig, openLog } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { startAlarmManager } from './service.ts'

/** The alarm manager alone: any number of them share the patients. */
runService({
  name: 'alarm-manager',
  start: async ({ logger, env, registry, tracing }) => {
    const config = parseConfig(engineConfig, env)
    const log = await openLog(config, { component: 'alarm-manager', logger, registry })
    const manager = await startAlarmManager({ log, logger, metrics: createMetrics('alarm-manager', registry), tracing })
    return {
      ready: {},
      probes: { log: () => log.ends('findings') },
      alive: () => manager.alive(),
      health: () => manager.health(),
      stop: async () => {
        await manager.stop()
        await log.close()
      },
    }
  },
})
