import { createServer, type AddressInfo } from 'node:net'
import { Aedes } from 'aedes'
import { createInspector, type DeviceReport, type Inspector } from './inspector.ts'
import type { CheckName } from './verdicts.ts'

export interface ListenOptions {
  /** 0 = any free port. */
  readonly port: number
  readonly host?: string
  readonly now?: () => number
  readonly onConnect?: (device: string) => void
  readonly onWrong?: (device: string, check: CheckName | 'protocol', detail: string) => void
}

export interface DeviceListener {
  readonly port: number
  reports(): DeviceReport[]
  /** Connections that did not get as far as having a client id. */
  readonly refused: readonly string[]
  close(): Promise<void>
}

const BROKEN_LINK = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** An MQTT broker that lets everybody in, and only watches. */
export async function listenForDevices(options: ListenOptions): Promise<DeviceListener> {
  const now = options.now ?? Date.now
  const inspectors = new Map<string, Inspector>()
  const refused: string[] = []
  const inspectorOf = (device: string): Inspector => {
    const known = inspectors.get(device)
    if (known !== undefined) return known
    const fresh = createInspector(device, (check, detail) => options.onWrong?.(device, check, detail))
    inspectors.set(device, fresh)
    return fresh
  }

  const aedes = await Aedes.createBroker()
  aedes.preConnect = (_client, packet, done) => {
    const { will, clientId } = packet
    options.onConnect?.(clientId)
    inspectorOf(clientId).connected({
      clientId,
      hasPassword: packet.password !== undefined && packet.password.length > 0,
      protocolVersion: packet.protocolVersion ?? 4,
      keepaliveS: packet.keepalive ?? 0,
      ...(packet.username === undefined ? {} : { username: packet.username }),
      ...(will === undefined
        ? {}
        : {
            will: {
              topic: will.topic,
              payload: Buffer.from(will.payload),
              qos: will.qos ?? 0,
              retain: will.retain === true,
            },
          }),
    })
    // it has been looked at; published by the broker it would look like a message of the device
    delete packet.will
    done(null, true)
  }
  aedes.authenticate = (_client, _username, _password, done) => done(null, true)
  aedes.authorizeSubscribe = (client, subscription, done) => {
    inspectorOf(client.id).subscribed(subscription.topic)
    done(null, subscription)
  }
  aedes.authorizePublish = (client, packet, done) => {
    if (client !== null) {
      inspectorOf(client.id).published({
        receivedAt: now(),
        topic: packet.topic,
        payload: Buffer.from(packet.payload),
        qos: packet.qos,
        retain: packet.retain,
        dup: packet.dup,
      })
    }
    done()
  }
  const onProtocolError = (id: string, error: Error): void => {
    refused.push(`${id}: ${error.message}`)
    options.onWrong?.(id, 'protocol', error.message)
  }
  aedes.on('connectionError', (client, error) => onProtocolError(client.id ?? 'a client', error))
  aedes.on('clientError', (client, error) => {
    // a radio link that breaks is nobody's fault
    if ('code' in error && BROKEN_LINK.has(String(error.code))) return
    onProtocolError(client.id, error)
  })

  const server = createServer((socket) => void aedes.handle(socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host ?? '0.0.0.0', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    reports: () => [...inspectors.values()].map((inspector) => inspector.report()),
    refused,
    close: () =>
      new Promise((resolve) => {
        aedes.close(() => server.close(() => resolve()))
      }),
  }
}
