import type { Socket } from 'node:net'
import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import { PROBE_WITHIN_MS, type Health, type Probes, type Running } from '@pulsewire/runtime'
import { startCore, type BrokerDeps, type CoreOptions } from './core.ts'
import { listenTcp, listenTls, type Listener, type TlsListener } from './listeners.ts'
import { describeSpool } from './spool/spool-health.ts'
import { ensureCertificates } from './tls/certificates.ts'
import { readGiven, watchGiven, type CertificateFiles } from './tls/given.ts'
import type { Identity } from './tls/issue.ts'

export interface BrokerOptions extends CoreOptions {
  readonly host: string
  /** 0 = any. */
  readonly mqttPort: number
  /** 0 = any; absent = no TLS. */
  readonly mqttsPort?: number
  /** The certificate to show, looked at again every minute; absent = development certificates. */
  readonly certificateFiles?: CertificateFiles
  /** Default 60 s. */
  readonly certificateCheckMs?: number
  /** Where the development certificates are kept and made: needed for TLS without `certificateFiles`. */
  readonly certificateDirectory?: string
  /** Names and addresses for the certificate besides this machine's own. */
  readonly certificateHosts?: readonly string[]
}

export interface RunningBroker extends Running {
  readonly mqttPort: number
  readonly mqttsPort: number | undefined
  /** The development authority that clients of the TLS port must trust, PEM. */
  readonly caFile: string | undefined
  readonly connections: number
  /** What `/readyz` asks. */
  readonly probes: Probes
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
  let tls: TlsListener | undefined
  const closeListeners = (): Promise<unknown> => Promise.all(listeners.map((listener) => listener.close()))
  try {
    listeners.push(await listenTcp(options.host, options.mqttPort, accept))
    if (certificates !== undefined) {
      tls = await listenTls(options.host, options.mqttsPort ?? 0, certificates, accept)
      listeners.push(tls)
    }
  } catch (error) {
    await Promise.all([closeListeners(), core.stop()])
    throw error
  }
  const [tcp] = listeners
  const stopWatching = watchCertificate(options, certificates, { logger, now, onRenewed: (found) => tls?.renew(found) })
  logger.info({ mqttPort: tcp?.port, mqttsPort: tls?.port }, 'listening')

  return {
    mqttPort: tcp?.port ?? 0,
    mqttsPort: tls?.port,
    caFile: certificates?.caFile,
    get connections() {
      return core.connections
    },
    // Else nobody could sign in.
    probes: { registry: () => core.registryReached(PROBE_WITHIN_MS) },
    health: (): Health => {
      const { refusal, pending } = core.ingest
      if (refusal !== undefined) {
        return { ok: false, detail: `the log refuses (${errorCodeOf(refusal)}); ${pending.count} messages wait` }
      }
      const detail = `${core.connections} devices connected, ${pending.count} messages wait`
      const spool = deps.spool && describeSpool(deps.spool.status())
      return { ok: true, detail: spool === undefined ? detail : `${detail}; ${spool}` }
    },
    stop: async () => {
      stopWatching()
      const closed = closeListeners()
      await core.stop()
      await closed
    },
  }
}

interface Shown extends Identity {
  readonly caFile?: string
}

async function certificatesFor(options: BrokerOptions, now: number): Promise<Shown | undefined> {
  const { mqttsPort, certificateFiles, certificateDirectory, certificateHosts = [] } = options
  if (mqttsPort === undefined) return undefined
  if (certificateFiles !== undefined) return readGiven(certificateFiles)
  if (certificateDirectory === undefined) {
    throw new PulsewireError('PW_CONFIG_INVALID', 'TLS needs a directory for its certificates')
  }
  return ensureCertificates(certificateDirectory, [options.host, ...certificateHosts], now)
}

function watchCertificate(
  { certificateFiles, certificateCheckMs = 60_000 }: BrokerOptions,
  first: Shown | undefined,
  parts: Omit<Parameters<typeof watchGiven>[2], 'everyMs'>,
): () => void {
  if (certificateFiles === undefined || first === undefined) return () => undefined
  return watchGiven(certificateFiles, first, { ...parts, everyMs: certificateCheckMs })
}
