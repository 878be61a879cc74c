import { startAlarmManager } from '@pulsewire/alarm-manager'
import { startApi } from '@pulsewire/api'
import { openLog } from '@pulsewire/engines'
import { startRecorder } from '@pulsewire/recorder'
import { openRegistryView } from '@pulsewire/registry'
import { collectProcessMetrics, createMetrics, runService, type Running } from '@pulsewire/runtime'
import { readStationConfig } from '../config.ts'
import { enterDemoObservations, provisionDemoWard } from '../demo/provision.ts'
import { DASHBOARD_DIRECTORY } from '../places.ts'
import { announceReady, isAddressInUse, openWhenFree } from './announce.ts'
import { startLogKeeper } from './log-keeper.ts'
import { openStore } from './ports.ts'

/** Alarm manager, recorder and API in one process: the one that holds the embedded store. */
runService({
  name: 'core',
  start: async ({ logger, env }) => {
    const config = readStationConfig(env)
    const log = await openLog(config, { component: 'core', logger })
    const metrics = createMetrics('core')
    const store = await openStore(config, logger, metrics)
    const registry = await openRegistryView(log, { onError: (error) => logger.error({ err: error }, error.message) })
    if (config.PULSEWIRE_DEMO) {
      await provisionDemoWard(registry, config.PULSEWIRE_DATA_DIR, Date.now())
      await enterDemoObservations(log, Date.now())
    }

    collectProcessMetrics(metrics.registry)
    const parts: Running[] = [
      await startRecorder({ log, store, logger, metrics: createMetrics('recorder', metrics.registry) }, {}),
      await startAlarmManager({ log, logger, metrics: createMetrics('alarm-manager', metrics.registry) }),
      startLogKeeper({ log, logger, config }),
    ]
    const apiMetrics = createMetrics('api', metrics.registry)
    const api = await openWhenFree(
      () =>
        startApi(
          { log, store, registry, logger, metrics: apiMetrics },
          {
            host: config.PULSEWIRE_HOST,
            port: config.PULSEWIRE_HTTP_PORT,
            staticDirectory: DASHBOARD_DIRECTORY,
            ...(config.PULSEWIRE_ADMIN_PASSWORD === undefined
              ? {}
              : { adminPassword: config.PULSEWIRE_ADMIN_PASSWORD }),
          },
        ),
      isAddressInUse,
    )
    announceReady({
      httpPort: api.port,
      ...(api.generatedAdminPassword === undefined ? {} : { generatedAdminPassword: api.generatedAdminPassword }),
    })
    return {
      health: () =>
        [...parts, api].map((part) => part.health()).find(({ ok }) => !ok) ?? { ok: true, detail: 'serving' },
      stop: async () => {
        await api.stop()
        await Promise.all(parts.map((part) => part.stop()))
        await registry.close()
        await store.close()
        await log.close()
      },
    }
  },
})
