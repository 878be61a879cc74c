import { join, resolve } from 'node:path'
import { openEventLog } from '@pulsewire/event-log'
import { createMetrics, flag, parseConfig, port, runService, sharedConfig } from '@pulsewire/runtime'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { z } from 'zod'
import { startApi } from './index.ts'

const config = {
  ...sharedConfig,
  PULSEWIRE_HTTP_PORT: port.default(8080).describe('HTTP; 0 = any free port'),
  PULSEWIRE_ADMIN_PASSWORD: z.string().min(1).optional().describe('of `admin`, at the first start'),
  PULSEWIRE_SECURE_COOKIES: flag.default(false).describe('1 behind a proxy that ends TLS'),
  PULSEWIRE_STATIC_DIR: z.string().optional().describe("the dashboard's built files"),
}

/** The API alone. With the embedded store, one process holds the store: this one, so the recorder must not run beside it. */
runService({
  name: 'api',
  start: async ({ logger, env }) => {
    const settings = parseConfig(config, env)
    const directory = resolve(settings.PULSEWIRE_DATA_DIR)
    const log = await openEventLog({ kind: settings.PULSEWIRE_LOG, directory: join(directory, 'log') })
    const store = await openEmbeddedVitalsStore({ directory: join(directory, 'store') })
    const metrics = createMetrics('api')
    const { PULSEWIRE_ADMIN_PASSWORD: adminPassword, PULSEWIRE_STATIC_DIR: staticDirectory } = settings
    const api = await startApi(
      { log, store, logger, metrics },
      {
        host: settings.PULSEWIRE_HOST,
        port: settings.PULSEWIRE_HTTP_PORT,
        secureCookies: settings.PULSEWIRE_SECURE_COOKIES,
        ...(adminPassword === undefined ? {} : { adminPassword }),
        ...(staticDirectory === undefined ? {} : { staticDirectory: resolve(staticDirectory) }),
      },
    )
    const { generatedAdminPassword: password } = api
    process.stdout.write(
      `${JSON.stringify({ ready: true, httpPort: api.port, ...(password === undefined ? {} : { password }) })}\n`,
    )
    return {
      health: () => api.health(),
      stop: async () => {
        await api.stop()
        await store.close()
        await log.close()
      },
    }
  },
})
