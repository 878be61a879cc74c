import { engineConfig } from '@pulsewire/engines'
import { integer } from '@pulsewire/runtime'
import { z } from 'zod'

/** How often the way from device to screen is proven. */
export const proofConfig = {
  PULSEWIRE_PROOF_EVERY_S: integer(0, 300)
    .default(10)
    .describe('a synthetic patient proves the whole way, from device to screen, so often; 0 = never'),
} as const

/** What a prover alone reads from the environment. */
export const proverConfig = {
  ...engineConfig,
  ...proofConfig,
  PULSEWIRE_PROOF_MQTT_URL: z.url().describe('of the broker: mqtt://… or mqtts://…'),
  PULSEWIRE_PROOF_API_URL: z.url().optional().describe('of an API: http://…; without it that stage is not watched'),
} as const
