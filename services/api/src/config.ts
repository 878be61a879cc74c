import { engineConfig } from '@pulsewire/engines'
import { flag, port } from '@pulsewire/runtime'
import { z } from 'zod'

/** What an API needs to know of the proxy that stands before it. */
export const proxyConfig = {
  PULSEWIRE_SECURE_COOKIES: flag
    .default(false)
    .describe('1 behind a proxy that ends TLS: cookies are sent by TLS alone'),
  PULSEWIRE_TRUST_PROXY: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((address) => address.trim())
        .filter((address) => address !== ''),
    )
    .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be addresses or ranges (10.0.0.0/8)')))
    .describe(
      'addresses or ranges of the proxies that say truly who is behind them (X-Forwarded-For), with commas between',
    ),
} as const

/** What the API reads from the environment when it runs alone. */
export const apiConfig = {
  ...engineConfig,
  PULSEWIRE_HTTP_PORT: port.default(8080).describe('HTTP; 0 = any free port'),
  PULSEWIRE_ADMIN_PASSWORD: z.string().min(1).optional().describe('of `admin`, at the first start'),
  ...proxyConfig,
  PULSEWIRE_STATIC_DIR: z.string().optional().describe("the dashboard's built files"),
} as const
