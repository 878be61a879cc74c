import { decodeUplink } from '@pulsewire/codec'
import { deviceRoot, downlinkTopic, isId, PulsewireError, uplinkTopic } from '@pulsewire/contracts'
import type { Verdicts } from './verdicts.ts'

/** What a CONNECT says. */
export interface Connection {
  readonly clientId: string
  readonly username?: string
  readonly hasPassword: boolean
  readonly protocolVersion: number
  readonly keepaliveS: number
  readonly will?: {
    readonly topic: string
    readonly payload: Uint8Array
    readonly qos: number
    readonly retain: boolean
  }
}

function checkWill(device: string, { will }: Connection, verdicts: Verdicts): void {
  if (will === undefined) {
    verdicts.advise('will', 'there is no last will: that the device is gone is then known by its silence only')
    return
  }
  const topic = uplinkTopic(device, 'status')
  if (will.topic !== topic) verdicts.wrong('will', `its topic is ${will.topic}, and should be ${topic}`)
  else if (will.qos !== 1 || !will.retain)
    verdicts.wrong('will', `it has QoS ${will.qos}, retain ${will.retain}, and should have QoS 1, retain true`)
  else checkWillPayload(will.payload, verdicts)
}

function checkWillPayload(payload: Uint8Array, verdicts: Verdicts): void {
  try {
    const { uplink } = decodeUplink('status', payload)
    if (uplink.kind === 'status' && uplink.message.state === 'offline') verdicts.right('will')
    else verdicts.wrong('will', 'its state is not "offline"')
  } catch (error) {
    if (!(error instanceof PulsewireError)) throw error
    verdicts.wrong('will', `${error.code}: ${error.message}`)
  }
}

/** Looks at how a device signs in. */
export function checkConnection(connection: Connection, verdicts: Verdicts): void {
  const { clientId, username, hasPassword, protocolVersion, keepaliveS } = connection
  if (protocolVersion !== 4 && protocolVersion !== 3) {
    verdicts.wrong('connection', `protocol level ${protocolVersion}: use MQTT 3.1.1 (level 4)`)
  } else if (keepaliveS === 0) {
    verdicts.advise('connection', 'keep-alive is off: a dead link is then found late; use 10 to 60 s')
  } else verdicts.right('connection')
  if (isId(clientId)) verdicts.right('client-id')
  else verdicts.wrong('client-id', `"${clientId}" is not 1 to 64 of A–Z a–z 0–9 _ -`)
  if (username === undefined || !hasPassword) {
    verdicts.wrong('credentials', 'user name or password is missing: the station takes no anonymous client')
  } else if (username !== clientId) {
    verdicts.wrong('credentials', `user name "${username}" and client id "${clientId}" differ: both are the device id`)
  } else verdicts.right('credentials')
  checkWill(clientId, connection, verdicts)
}

/** Looks at what a device wants to hear. */
export function checkSubscription(device: string, topic: string, verdicts: Verdicts): void {
  const own = [downlinkTopic(device, 'notice'), downlinkTopic(device, 'command'), `${deviceRoot(device)}#`]
  if (own.includes(topic) || topic.startsWith(deviceRoot(device))) verdicts.right('subscriptions')
  else verdicts.wrong('subscriptions', `${topic} is not under ${deviceRoot(device)}: the station refuses it`)
}
