import { join } from 'node:path'
import { openEventLog } from '@pulsewire/event-log'
import { createMetrics, parseConfig, runService, sharedConfig } from '@pulsewire/runtime'
import { startAlarmManager } from './service.ts'

/** The alarm manager alone: any number of them share the patients. */
runService({
  name: 'alarm-manager',
  start: async ({ logger, env }) => {
    const config = parseConfig(sharedConfig, env)
    const log = await openEventLog({ kind: 'embedded', directory: join(config.PULSEWIRE_DATA_DIR, 'log') })
    const manager = await startAlarmManager({ log, logger, metrics: createMetrics('alarm-manager') })
    return {
      health: () => manager.health(),
      stop: async () => {
        await manager.stop()
        await log.close()
      },
    }
  },
})
