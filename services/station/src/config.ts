import { proxyConfig } from '@pulsewire/api'
import { listenerConfig } from '@pulsewire/broker'
import { engineConfig, retentionConfig, spoolConfig } from '@pulsewire/engines'
import { deliveryConfig } from '@pulsewire/notifier'
import { proofConfig } from '@pulsewire/prover'
import { flag, integer, parseConfig, port, type Environment } from '@pulsewire/runtime'
import { z } from 'zod'

/** What `npm start` reads from the environment (system.md, section 5); the reference table is made from it. */
export const stationConfigShape = {
  ...engineConfig,
  ...spoolConfig,
  PULSEWIRE_HTTP_PORT: port.default(8080).describe('HTTP: API, live WebSocket, dashboard; 0 = any free port'),
  ...proxyConfig,
  ...listenerConfig,
  PULSEWIRE_ADMIN_PASSWORD: z
    .string()
    .min(8, 'must have at least 8 characters')
    .optional()
    .describe('password of the first user, `admin`; else one is made at the first start and printed once'),
  PULSEWIRE_DEMO: flag.default(true).describe('1: a demo ward of eight patients; 0: empty, for real devices'),
  PULSEWIRE_WORKERS: integer(1, 64)
    .default(1)
    .describe(
      'how many detector processes share the patients; with a broker process for every three of them (machines of many cores)',
    ),
  PULSEWIRE_HANG_SECONDS: integer(2, 3600)
    .default(15)
    .describe('a process of the station that says nothing for so long is killed and started again'),
  ...proofConfig,
  ...deliveryConfig,
  ...retentionConfig,
} as const

export type StationConfig = z.infer<z.ZodObject<typeof stationConfigShape>>

/** Throws PW_CONFIG_INVALID that names every bad variable. */
export function readStationConfig(env: Environment): StationConfig {
  return parseConfig(stationConfigShape, env)
}
