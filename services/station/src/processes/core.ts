import { startAlarmManager } from '@pulsewire/alarm-manager'
import { startApi } from '@pulsewire/api'
import { openLog, startLogKeeper } from '@pulsewire/engines'
import { startRecorder } from '@pulsewire/recorder'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, runService, type Running } from '@pulsewire/runtime'
import { startBackupControl } from '../backup/control.ts'
import { readStationConfig } from '../config.ts'
import { enterDemoObservations, provisionDemoWard } from '../demo/provision.ts'
import { DASHBOARD_DIRECTORY } from '../places.ts'
import { announceReady, isAddressInUse, openWhenFree } from './announce.ts'
import { openStore } from './ports.ts'
import { stationOperation } from './station-operation.ts'

/** Alarm manager, recorder and API in one process: the one that holds the embedded store. */
runService({
  name: 'core',
  start: async ({ logger, env, registry: metricsRegistry, tracing, station }) => {
    const config = readStationConfig(env)
    const log = await openLog(config, { component: 'core', logger, registry: metricsRegistry })
    const metrics = createMetrics('core', metricsRegistry)
    const store = await openStore(config, logger, metrics)
    const registry = await openRegistryView(log, { onError: (error) => logger.error({ err: error }, error.message) })
    if (config.PULSEWIRE_DEMO) {
      await provisionDemoWard(registry, config.PULSEWIRE_DATA_DIR, Date.now())
      await enterDemoObservations(log, Date.now())
    }

    const recorder = await startRecorder({
      log,
      store,
      logger,
      metrics: createMetrics('recorder', metricsRegistry),
      tracing,
    })
    const alarmManager = await startAlarmManager({
      log,
      logger,
      metrics: createMetrics('alarm-manager', metricsRegistry),
      tracing,
    })
    const parts: Running[] = [
      recorder,
      alarmManager,
      startLogKeeper({ log, logger, config }),
      ...(store.atRest === undefined
        ? []
        : [await startBackupControl({ dataDirectory: config.PULSEWIRE_DATA_DIR, store, logger })]),
    ]
    const apiMetrics = createMetrics('api', metricsRegistry)
    const api = await openWhenFree(
      () =>
        startApi(
          { log, store, registry, logger, metrics: apiMetrics },
          {
            host: config.PULSEWIRE_HOST,
            port: config.PULSEWIRE_HTTP_PORT,
            staticDirectory: DASHBOARD_DIRECTORY,
            secureCookies: config.PULSEWIRE_SECURE_COOKIES,
            trustProxy: config.PULSEWIRE_TRUST_PROXY,
            ...(station === undefined ? {} : { station: stationOperation(station) }),
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
      probes: api.probes,
      alive: () => alarmManager.alive(),
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
