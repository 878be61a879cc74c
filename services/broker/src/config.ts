import { PulsewireError } from '@pulsewire/contracts'
import { engineConfig, spoolConfig } from '@pulsewire/engines'
import { port } from '@pulsewire/runtime'
import { z } from 'zod'

/** Where devices connect, and the certificate that they are shown. */
export const listenerConfig = {
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
  PULSEWIRE_TLS_CERT_FILE: z
    .string()
    .optional()
    .describe(
      'PEM file of the TLS certificate to show, read again when it is renewed; else a development certificate is made',
    ),
  PULSEWIRE_TLS_KEY_FILE: z.string().optional().describe('PEM file of its private key'),
} as const

/** What the broker reads from the environment when it runs alone. */
export const brokerConfig = { ...engineConfig, ...spoolConfig, ...listenerConfig } as const

/** The certificate files that the configuration names: both or none. */
export function certificateFilesOf(config: {
  readonly PULSEWIRE_TLS_CERT_FILE?: string | undefined
  readonly PULSEWIRE_TLS_KEY_FILE?: string | undefined
}): { certificateFiles?: { certificate: string; key: string } } {
  const { PULSEWIRE_TLS_CERT_FILE: certificate, PULSEWIRE_TLS_KEY_FILE: key } = config
  if (certificate === undefined && key === undefined) return {}
  if (certificate === undefined || key === undefined) {
    throw new PulsewireError('PW_CONFIG_INVALID', 'PULSEWIRE_TLS_CERT_FILE and PULSEWIRE_TLS_KEY_FILE go together')
  }
  return { certificateFiles: { certificate, key } }
}
