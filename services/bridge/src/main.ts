import { openLog } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { bridgeConfig, linkOptions } from './config.ts'
import { startBridge } from './start-bridge.ts'

/** The bridge: takes what devices publish at a broker that is not ours. */
runService({
  name: 'bridge',
  start: async ({ logger, env, registry, tracing }) => {
    const config = parseConfig(bridgeConfig, env)
    const link = linkOptions(config)
    const log = await openLog(config, { component: 'bridge', logger, registry })
    const bridge = await startBridge({ log, logger, metrics: createMetrics('bridge', registry), tracing }, link)
    return {
      ready: {},
      probes: { log: () => log.ends('registry'), ...bridge.probes },
      health: () => bridge.health(),
      stop: async () => {
        await bridge.stop()
        await log.close()
      },
    }
  },
})
