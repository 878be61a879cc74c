import { PulsewireError } from '@pulsewire/contracts'
import type { Ingest, Outcome } from '@pulsewire/ingest'
import type { Client, PublishPacket } from 'aedes'
import { beginReception, type ReceptionOptions } from './reception.ts'
import type { DeviceSessions } from './session/device-sessions.ts'
import { createExactlyOnce } from './session/exactly-once.ts'

export interface PublishHandlerOptions extends ReceptionOptions {
  readonly ingest: Pick<Ingest, 'accept'>
  readonly sessions: DeviceSessions
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
 * The durable path of what does not take the short way: in Aedes' `authorizePublish`, which runs for every QoS and for wills, before the acknowledgement: calls back when the
 * message is durable, in the order of arrival. An error closes the connection without PUBACK, and the device sends again: right when
 * the log refuses, and only then.
 */
export function createPublishHandler(options: PublishHandlerOptions): Authorize {
  const { ingest, sessions } = options
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
    const { topic, dup: again } = packet
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload)
    // A will is the last of its connection, and is not sent again.
    const through = isWill ? undefined : session
    const reception = beginReception({ device, topic, payload, again, through, whole }, options)
    exactlyOnce
      .once(device, packet, () => ingest.accept(reception.arrival))
      .then((outcome) => {
        keepToItself(packet, outcome)
        reception.end(outcome)
        return null
      })
      .catch((error: unknown) => {
        const failure =
          error instanceof PulsewireError ? error : new PulsewireError('PW_INTERNAL', String(error), { cause: error })
        reception.end(failure)
        return failure
      })
      .then((error) => {
        done(error)
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
