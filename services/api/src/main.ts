import { resolve } from 'node:path'
import type { PulsewireError } from '@pulsewire/contracts'
import { openLog, openStore } from '@pulsewire/engines'
import { createMetrics, parseConfig, runService } from '@pulsewire/runtime'
import { apiConfig } from './config.ts'
import { startApi } from './index.ts'

/** The API alone. With the embedded store, one process holds the store: this one, so the recorder must not run beside it. */
runService({
  name: 'api',
  start: async ({ logger, env, registry }) => {
    const settings = parseConfig(apiConfig, env)
    const log = await openLog(settings, { component: 'api', logger, registry })
    const metrics = createMetrics('api', registry)
    const onDamage = (error: PulsewireError): void => {
      metrics.errors.inc({ code: error.code })
      logger.error({ err: error, code: error.code }, 'something is wrong in the store')
    }
    const store = await openStore(settings, onDamage, registry)
    const { PULSEWIRE_ADMIN_PASSWORD: adminPassword, PULSEWIRE_STATIC_DIR: staticDirectory } = settings
    const api = await startApi(
      { log, store, logger, metrics },
      {
        host: settings.PULSEWIRE_HOST,
        port: settings.PULSEWIRE_HTTP_PORT,
        secureCookies: settings.PULSEWIRE_SECURE_COOKIES,
        trustProxy: settings.PULSEWIRE_TRUST_PROXY,
        ...(adminPassword === undefined ? {} : { adminPassword }),
        ...(staticDirectory === undefined ? {} : { staticDirectory: resolve(staticDirectory) }),
      },
    )
    const { generatedAdminPassword: password } = api
    return {
      ready: { httpPort: api.port, ...(password === undefined ? {} : { password }) },
      probes: api.probes,
      health: () => api.health(),
      stop: async () => {
        await api.stop()
        await store.close()
        await log.close()
      },
    }
  },
})
