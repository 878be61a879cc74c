import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'

/** What somebody needs to know who connects a device. */
export function stationRoutes({ listeners }: ApiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/station',
      tag: 'administration',
      summary: 'Where devices connect to this installation',
      access: 'signed-in',
      response: z.object({
        host: z.string().describe('the address that it listens on: 127.0.0.1 = for this machine alone'),
        mqttPort: z.int().optional().describe('missing where the broker is elsewhere'),
        mqttsPort: z.int().optional().describe('MQTT over TLS'),
      }),
      handle: () => listeners(),
    }),
  ]
}
