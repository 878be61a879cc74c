import type { Socket } from 'node:net'
import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import type { Health, Running } from '@pulsewire/runtime'
import { startCore, type BrokerDeps, type CoreOptions } from './core.ts'
import { listenTcp, listenTls, type Listener } from './listeners.ts'
import { ensureCertificates, type Certificates } from './tls/certificates.ts'

export interface BrokerOptions extends CoreOptions {
  readonly host: string
  /** 0 = any. */
  readonly mqttPort: number
  /** 0 = any; absent = no TLS. */
  readonly mqttsPort?: number
  /** Where the development certificates are kept and made: needed for TLS. */
  readonly certificateDirectory?: string
  /** Names and addresses for the certificate besides this machine's own. */
  readonly certificateHosts?: readonly string[]
}

export interface RunningBroker extends Running {
  readonly mqttPort: number
  readonly mqttsPort: number | undefined
  /** The certificate authority that clients of the TLS port must trust, PEM. */
  readonly caFile: string | undefined
  readonly connections: number
}

/**
 * Starts an MQTT broker that acknowledges what is durable in the log, and nothing else. It shares nothing with others but the log.
 * What Aedes retains (each device's last status) it retains in memory, for the device itself; everybody else reads the log.
 * Rejects where a port cannot be had (EADDRINUSE), PW_CONFIG_INVALID for TLS without a directory.
 */
export async function startBroker(deps: BrokerDeps, options: BrokerOptions): Promise<RunningBroker> {
  const { logger, now = Date.now } = deps
  const certificates = await certificatesFor(options, now())
  const core = await startCore(deps, options)
  const accept = (socket: Socket): void => core.handle(socket)
  const listeners: Listener[] = []
  const closeListeners = (): Promise<unknown> => Promise.all(listeners.map((listener) => listener.close()))
  try {
    listeners.push(await listenTcp(options.host, options.mqttPort, accept))
    if (certificates !== undefined) {
      listeners.push(await listenTls(options.host, options.mqttsPort ?? 0, certificates, accept))
    }
  } catch (error) {
    await Promise.all([closeListeners(), core.stop()])
    throw error
  }
  const [tcp, tls] = listeners
  logger.info({ mqttPort: tcp?.port, mqttsPort: tls?.port }, 'listening')

  return {
    mqttPort: tcp?.port ?? 0,
    mqttsPort: tls?.port,
    caFile: certificates?.caFile,
    get connections() {
      return core.connections
    },
    health: (): Health => {
      const { refusal, pending } = core.ingest
      if (refusal !== undefined) {
        return { ok: false, detail: `the log refuses (${errorCodeOf(refusal)}); ${pending.count} messages wait` }
      }
      return { ok: true, detail: `${core.connections} devices connected, ${pending.count} messages wait` }
    },
    stop: async () => {
      const closed = closeListeners()
      await core.stop()
      await closed
    },
  }
}

async function certificatesFor(options: BrokerOptions, now: number): Promise<Certificates | undefined> {
  if (options.mqttsPort === undefined) return undefined
  if (options.certificateDirectory === undefined) {
    throw new PulsewireError('PW_CONFIG_INVALID', 'TLS needs a directory for its certificates')
  }
  return ensureCertificates(options.certificateDirectory, [options.host, ...(options.certificateHosts ?? [])], now)
}
