import { readFileSync } from 'node:fs'
import { PulsewireError, uplinkTopic } from '@pulsewire/contracts'
import { engineConfig } from '@pulsewire/engines'
import { integer } from '@pulsewire/runtime'
import { z } from 'zod'
import type { LinkOptions } from './link/broker-link.ts'

const UPLINK_FILTERS = (['vitals', 'waveform', 'event', 'status', 'command-ack'] as const).map((kind) =>
  uplinkTopic('+', kind),
)
const DEFAULT_PORTS = { 'mqtt:': 1883, 'mqtts:': 8883 } as const
const SECONDS_PER_HOUR = 3_600

/** What the bridge reads from the environment. */
export const bridgeConfig = {
  ...engineConfig,
  PULSEWIRE_BRIDGE_URL: z
    .url({ protocol: /^mqtts?$/, error: 'must be mqtt://host[:port] or mqtts://host[:port]' })
    .describe('the broker to take from: mqtt://host:1883, or mqtts://host:8883 for TLS'),
  PULSEWIRE_BRIDGE_PROTOCOL: z
    .enum(['5', '4'], 'must be 5 (MQTT 5) or 4 (MQTT 3.1.1)')
    .default('5')
    .describe('5 = MQTT 5, 4 = MQTT 3.1.1'),
  PULSEWIRE_BRIDGE_CLIENT_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, underscore and hyphen, at most 64')
    .default('pulsewire-bridge')
    .describe('names our session at the broker: the same after a restart, another for each further bridge'),
  PULSEWIRE_BRIDGE_USERNAME: z.string().optional().describe('name to sign in with'),
  PULSEWIRE_BRIDGE_PASSWORD: z.string().optional().describe('password to sign in with'),
  PULSEWIRE_BRIDGE_CA_FILE: z.string().optional().describe('PEM file of the authority to trust, else those of Node.js'),
  PULSEWIRE_BRIDGE_CERT_FILE: z.string().optional().describe('PEM file of our certificate, for mutual TLS'),
  PULSEWIRE_BRIDGE_KEY_FILE: z.string().optional().describe('PEM file of its private key'),
  PULSEWIRE_BRIDGE_SHARE: z
    .string()
    .regex(/^[^/+#]{1,64}$/, 'one level of a topic, without / + #')
    .optional()
    .describe(
      'group of a shared subscription, for several bridges that share the messages (docs/bridge.md says what that costs)',
    ),
  PULSEWIRE_BRIDGE_TOPIC: z
    .string()
    .transform((list) => list.split(',').map((filter) => filter.trim()))
    .pipe(z.array(z.string().regex(/^bsn\/v1\/.+/, 'filters under bsn/v1/, with commas between')))
    .default(UPLINK_FILTERS)
    .describe('filters to subscribe to, with commas between'),
  PULSEWIRE_BRIDGE_RECEIVE_MAXIMUM: integer(1, 65_535)
    .default(1_000)
    .describe('messages on their way to us and not yet durable (MQTT 5; else the broker’s setting counts)'),
  PULSEWIRE_BRIDGE_SESSION_HOURS: integer(1, 24 * 3650)
    .default(24 * 7)
    .describe('how long the broker is to keep what comes while we are away (MQTT 5; else the broker’s setting counts)'),
  PULSEWIRE_BRIDGE_KEEPALIVE_SECONDS: integer(2, 3_600)
    .default(30)
    .describe('a connection that is silent for half as long again is made anew'),
} as const

export type BridgeConfig = z.infer<z.ZodObject<typeof bridgeConfig>>

/** The link that the configuration describes. Throws PW_CONFIG_INVALID where values do not go together or a file cannot be read. */
export function linkOptions(config: BridgeConfig): LinkOptions {
  const url = new URL(config.PULSEWIRE_BRIDGE_URL)
  const {
    PULSEWIRE_BRIDGE_USERNAME: username,
    PULSEWIRE_BRIDGE_PASSWORD: password,
    PULSEWIRE_BRIDGE_SHARE: share,
  } = config
  refuseIf(
    url.username !== '' || url.password !== '',
    'PULSEWIRE_BRIDGE_URL: the name and password have variables of their own',
  )
  refuseIf(
    !['', '/'].includes(url.pathname) || url.search !== '',
    'PULSEWIRE_BRIDGE_URL: a host and a port, nothing behind them',
  )
  refuseIf(
    password !== undefined && username === undefined,
    'PULSEWIRE_BRIDGE_PASSWORD needs PULSEWIRE_BRIDGE_USERNAME',
  )
  const tls = tlsOf(config, url.protocol === 'mqtts:')
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORTS[url.protocol === 'mqtts:' ? 'mqtts:' : 'mqtt:'] : Number(url.port),
    protocol: config.PULSEWIRE_BRIDGE_PROTOCOL === '5' ? 5 : 4,
    clientId: config.PULSEWIRE_BRIDGE_CLIENT_ID,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    ...(share === undefined ? {} : { share }),
    topics: config.PULSEWIRE_BRIDGE_TOPIC,
    receiveMaximum: config.PULSEWIRE_BRIDGE_RECEIVE_MAXIMUM,
    sessionExpirySeconds: config.PULSEWIRE_BRIDGE_SESSION_HOURS * SECONDS_PER_HOUR,
    keepaliveSeconds: config.PULSEWIRE_BRIDGE_KEEPALIVE_SECONDS,
  }
}

function tlsOf(config: BridgeConfig, isTls: boolean): LinkOptions['tls'] {
  const { PULSEWIRE_BRIDGE_CA_FILE: ca, PULSEWIRE_BRIDGE_CERT_FILE: cert, PULSEWIRE_BRIDGE_KEY_FILE: key } = config
  if (!isTls) {
    const named = ca ?? cert ?? key
    refuseIf(named !== undefined, 'PULSEWIRE_BRIDGE_CA_FILE, _CERT_FILE and _KEY_FILE need an mqtts:// address')
    return undefined
  }
  refuseIf((cert === undefined) !== (key === undefined), 'PULSEWIRE_BRIDGE_CERT_FILE and _KEY_FILE go together')
  return {
    ...(ca === undefined ? {} : { ca: readPem('PULSEWIRE_BRIDGE_CA_FILE', ca) }),
    ...(cert === undefined ? {} : { cert: readPem('PULSEWIRE_BRIDGE_CERT_FILE', cert) }),
    ...(key === undefined ? {} : { key: readPem('PULSEWIRE_BRIDGE_KEY_FILE', key) }),
  }
}

function readPem(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PulsewireError('PW_CONFIG_INVALID', `${name}: ${file} cannot be read`, { cause: error })
  }
}

function refuseIf(wrong: boolean, message: string): void {
  if (wrong) throw new PulsewireError('PW_CONFIG_INVALID', message)
}
