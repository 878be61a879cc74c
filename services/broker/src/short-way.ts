import { uplinkKindOf } from '@pulsewire/contracts'
import type { Ingest } from '@pulsewire/ingest'
import type { PlainPublish } from './connection/plain-publish.ts'
import { beginReception, type ReceptionOptions } from './reception.ts'
import type { DeviceSession } from './session/device-sessions.ts'

/** Takes a message of a device past the MQTT engine. False = it has to go through the engine. */
export type ShortWay = (session: DeviceSession, message: PlainPublish) => boolean

/**
 * The ordinary message goes from the connection into the log, and its PUBACK straight to the socket: nobody is subscribed to it, so there is nothing
 * that the engine would do with it (its parser, queues and fan-out are more work than all the rest). A device may hear its own topics: what it
 * is subscribed to goes through the engine.
 */
export function createShortWay(options: ReceptionOptions & { readonly ingest: Pick<Ingest, 'take'> }): ShortWay {
  return (session, { topic, messageId, payload, again }) => {
    const { device, connection } = session
    // What is wrong about a topic is for the engine to say. Once it has closed a client, nothing more is taken from it.
    if (session.hearsItself || session.client.closed || uplinkKindOf(device, topic) === undefined) return false
    const reception = beginReception({ device, topic, payload, again, through: session }, options)
    options.ingest.take(reception.arrival, (answer) => {
      reception.end(answer)
      if (answer instanceof Error) connection.destroy(answer)
      else connection.acknowledge(messageId)
    })
    return true
  }
}
