import { downlinkTopic, errorCodeOf, type Device, type RegistryChange } from '@pulsewire/contracts'
import type { CommandDelivery, Notices } from '@pulsewire/ingest'
import type { RegistryView } from '@pulsewire/registry'
import type { Logger, Metrics } from '@pulsewire/runtime'
import { type Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type Subscription } from 'aedes'
import { GatedConnection } from './connection/gated-connection.ts'
import { createAuthThrottle } from './session/auth-throttle.ts'
import { SERVER_UNAVAILABLE, authenticateDevice, returnCodeOf } from './session/authenticate.ts'
import type { DeviceSessions } from './session/device-sessions.ts'
import type { RefusalReports } from './session/refusal-reports.ts'
import type { ShortWay } from './short-way.ts'
import { covers, mayConsume } from './session/subscriptions.ts'

export interface EngineContext {
  readonly registry: RegistryView
  readonly sessions: DeviceSessions
  readonly shortWay: ShortWay
  readonly notices: Notices
  readonly commands: CommandDelivery
  readonly refusals: RefusalReports
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now: () => number
  /** How long a CONNECT waits for the registry's head. */
  readonly signInWithinMs: number
}

/** Above this a reader gets nothing more, so that a frozen one holds up nobody (measured.md, section 2). */
const MAX_WAITING_BYTES = 1024 * 1024
const MAX_SUBSCRIPTIONS = 32
/** Refusals that are held back at a time: beyond it they are told at once, so that guessing does not fill the broker with sockets. */
const MAX_REFUSALS_HELD = 1_000
/** Of a client id or user name, in the operator's log: whoever asks for entry may name himself with 64 KB. */
const MAX_NAME_CHARS = 80

/** Who may come in, who may hear what, and what to say to whom: everything in Aedes but the durable path. */
export function attachEngine(aedes: Aedes, context: EngineContext): () => void {
  const { registry, sessions, shortWay, notices, commands, refusals, logger, metrics, now, signInWithinMs } = context
  const throttle = createAuthThrottle(now)
  let refusalsHeld = 0

  aedes.preConnect = (client, packet, done) => {
    // No session is kept: brokers share nothing but the log, and commands stay open there. CONNACK says so (session present = 0).
    packet.clean = true
    // The short way passes by the engine, whose timer would miss it: the connection itself looks after its keepalive.
    if (client.conn instanceof GatedConnection) client.conn.keepAlive(packet.keepalive ?? 0)
    packet.keepalive = 0
    done(null, true)
  }

  aedes.authenticate = (client, username, password, done) => {
    const refuse = (error: unknown): void => {
      const code = errorCodeOf(error)
      metrics.errors.inc({ code })
      const address = client.conn instanceof GatedConnection ? client.conn.remoteAddress : 'unknown'
      const names = { clientId: client.id.slice(0, MAX_NAME_CHARS), username: username?.slice(0, MAX_NAME_CHARS) }
      logger.warn({ code, ...names, address }, 'sign-in refused')
      const isAway = returnCodeOf(error) === SERVER_UNAVAILABLE
      if (!isAway) refusals.refused(username, code, registry.state.devices.has(username ?? ''))
      const waitMs = isAway ? 0 : throttle.failed(address)
      refusalsHeld++
      setTimeout(
        () => {
          refusalsHeld--
          done(refusal(error), false)
        },
        refusalsHeld > MAX_REFUSALS_HELD ? 0 : waitMs,
      )
    }
    authenticateDevice(registry, { clientId: client.id, username, password }, signInWithinMs)
      .then((device: Device) => {
        sessions.admit(client, device)
        done(null, true)
      })
      .catch(refuse)
  }

  aedes.authorizeSubscribe = (client: Client, subscription: Subscription, done) => {
    const session = sessions.of(client)
    const allowed =
      session !== undefined &&
      (session.subscriptions.size < MAX_SUBSCRIPTIONS || session.subscriptions.has(subscription.topic)) &&
      mayConsume(session.device, subscription.topic)
    if (allowed) session.subscribed(subscription.topic)
    done(null, allowed ? subscription : null)
  }

  aedes.authorizeForward = (client: Client, packet: AedesPublishPacket) => {
    const session = sessions.of(client)
    if (session === undefined || !mayConsume(session.device, packet.topic)) return null
    if (client.conn.writableLength > MAX_WAITING_BYTES) return null
    return packet
  }

  aedes.on('clientReady', (client) => {
    const session = sessions.opened(client)
    if (session === undefined) return
    const entity = registry.state.devices.get(session.device)?.entity
    if (entity === undefined || isRevoked(entity, session.secretSha256)) {
      client.close()
      return
    }
    session.connection.admit((message) => shortWay(session, message))
  })
  aedes.on('clientDisconnect', (client) => {
    const session = sessions.of(client)
    sessions.closed(client)
    if (session !== undefined && sessions.get(session.device) === undefined) notices.forget(session.device)
  })
  aedes.on('subscribe', (subscriptions, client) => {
    const session = client === null ? undefined : sessions.of(client)
    if (session === undefined) return
    hear(session.device, (topic) =>
      subscriptions.some((each) => session.subscriptions.has(each.topic) && covers(each.topic, topic)),
    )
  })
  aedes.on('unsubscribe', (filters, client) => {
    const session = client === null ? undefined : sessions.of(client)
    for (const filter of filters) session?.unsubscribed(filter)
  })
  aedes.addListener('error', (error: unknown) => logger.error({ err: error }, 'the MQTT engine'))
  aedes.on('clientError', (client, error) => logger.info({ device: client.id, reason: error.message }, 'closed'))
  aedes.on('connectionError', (_client, error) => logger.info({ reason: error.message }, 'closed before sign-in'))

  const hear = (device: string, heard: (topic: string) => boolean): void => {
    if (heard(downlinkTopic(device, 'notice'))) notices.time(device)
    if (heard(downlinkTopic(device, 'command'))) commands.listening(device)
  }

  return registry.onChange(({ entity }: RegistryChange) => {
    if (entity.kind !== 'device') return
    const session = sessions.get(entity.id)
    if (session === undefined || !isRevoked(entity, session.secretSha256)) return
    logger.info({ device: entity.id }, 'disconnected: it was disabled, or its credential renewed')
    session.client.close()
  })
}

function isRevoked(device: Device, signedInWith: string): boolean {
  return device.disabled === true || device.secretSha256 !== signedInWith
}

function refusal(error: unknown): AuthenticateError {
  return Object.assign(new Error(error instanceof Error ? error.message : 'refused'), {
    returnCode: returnCodeOf(error),
  })
}
