import { PulsewireError, type CommandAckMessage } from '@pulsewire/contracts'
import type { Ingest, Outcome } from '@pulsewire/ingest'
import type { Tracing } from '@pulsewire/runtime'
import type { Client, PublishPacket } from 'aedes'
import type { DeviceSessions } from './session/device-sessions.ts'
import { createExactlyOnce } from './session/exactly-once.ts'

export interface PublishHandlerOptions {
  readonly ingest: Pick<Ingest, 'accept'>
  readonly sessions: DeviceSessions
  readonly now: () => number
  readonly onCommandAck: (device: string, ack: CommandAckMessage) => void
  readonly tracing: Tracing
  /** What became of a message, and how long its sender waited for that. */
  readonly onOutcome: (outcome: Outcome, tookMs: number) => void
}

type Authorize = (client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void) => void

/** Nobody can subscribe here: what must not be handed on is sent to it, since Aedes cannot be told to hand nothing on. */
const NOWHERE = '$SYS/not-handed-on'
/**
 * What is larger is in the log and not handed on, where Aedes would hold it in memory: retained, or until a QoS 2 message is released,
 * which a device may never do, a thousand times over.
 */
const MAX_HELD_BYTES = 16 * 1024

/**
 * The durable path in Aedes' `authorizePublish`, which runs for every QoS and for wills, before the acknowledgement: calls back when the
 * message is durable, in the order of arrival. An error closes the connection without PUBACK, and the device sends again: right when
 * the log refuses, and only then.
 */
export function createPublishHandler(options: PublishHandlerOptions): Authorize {
  const { ingest, sessions, now, tracing } = options
  const exactlyOnce = createExactlyOnce<Outcome>()

  return (client, packet, done) => {
    const session = client === null ? undefined : sessions.of(client)
    if (client === null || session === undefined) {
      done(new PulsewireError('PW_DEVICE_UNKNOWN'))
      return
    }
    // A will is published by a closed client: it did not come through the gate.
    const isWill = client.closed
    const whole = isWill ? undefined : session.connection.takeMessage()
    const { device } = session
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload)
    const began = performance.now()
    const span = tracing.root('receive', { device, topic: packet.topic })
    const append = tracing.step('append', span?.traceparent)
    const traced = span === undefined ? {} : { traceparent: span.traceparent }
    const sent = { device, topic: packet.topic, payload, receivedAt: now(), again: packet.dup, ...traced }
    // A will is the last of its connection, and is not sent again.
    const arrival = isWill ? sent : { ...sent, through: session }
    exactlyOnce
      .once(device, packet, () => ingest.accept(whole === undefined ? arrival : { ...arrival, whole }))
      .then((outcome) => {
        keepToItself(packet, outcome)
        append?.end()
        options.onOutcome(outcome, performance.now() - began)
        if (outcome.kind === 'stored' && outcome.commandAck !== undefined) {
          options.onCommandAck(device, outcome.commandAck)
        }
        return undefined
      })
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
      .then((error) => {
        done(error ?? null)
        if (error !== undefined) append?.end(error)
        span?.end(error)
        if (!isWill) session.connection.settleMessage()
      })
      .catch((error: unknown) => client.conn.destroy(error instanceof Error ? error : new Error(String(error))))
  }
}

/** Only a status is retained; what was refused reaches nobody (it may have another device's topic), nor what is too large to be held. */
function keepToItself(packet: PublishPacket, outcome: Outcome): void {
  const isStatus = outcome.kind === 'stored' && outcome.uplink === 'status'
  const isHeld = packet.qos === 2 || (packet.retain && isStatus)
  const isTooLarge = isHeld && packet.payload.length > MAX_HELD_BYTES
  packet.retain = packet.retain && isStatus && !isTooLarge
  if (outcome.kind === 'stored' && !isTooLarge) return
  packet.topic = NOWHERE
  packet.payload = Buffer.alloc(0)
}
