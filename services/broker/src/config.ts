import { engineConfig } from '@pulsewire/engines'
import { port } from '@pulsewire/runtime'
import { z } from 'zod'

/** What the broker reads from the environment when it runs alone. */
export const brokerConfig = {
  ...engineConfig,
  PULSEWIRE_MQTT_PORT: port.default(1883).describe('MQTT over TCP; 0 = any free port'),
  PULSEWIRE_MQTTS_PORT: port.default(8883).describe('MQTT over TLS; 0 = any free port'),
  PULSEWIRE_TLS_HOSTS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
    )
    .describe('more names and addresses for the TLS certificate, with commas between'),
} as const
