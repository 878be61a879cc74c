import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'

/** A client's connection to a fake broker: it says what a test tells it to. */
export interface FakeConnection {
  readonly connect: IConnectPacket
  readonly received: Packet[]
  /** Packet identifiers of the PUBACKs, in the order in which they came. */
  readonly acknowledged: number[]
  readonly closed: boolean
  /** Of packets, or as it is. */
  send(packet: Packet | Buffer): void
  publish(packet: Partial<IPublishPacket> & { topic: string; payload: Buffer | string }): void
  /** Closes without a word. */
  drop(): void
}

/** A broker of MQTT 3.1.1 or 5 that answers CONNECT, SUBSCRIBE and pings, and nothing else by itself. */
export interface FakeBroker {
  readonly port: number
  readonly connections: readonly FakeConnection[]
  /** What CONNACK and SUBACK say, and whether pings are answered: to be changed at will. */
  readonly says: {
    connack: number
    granted: number
    sessionPresent: boolean
    answersPings: boolean
    receiveMaximum?: number
  }
  close(): Promise<void>
}

export async function startFakeBroker(): Promise<FakeBroker> {
  const connections: FakeConnection[] = []
  const sockets = new Set<Socket>()
  const says: FakeBroker['says'] = { connack: 0, granted: 1, sessionPresent: false, answersPings: true }

  const accept = (socket: Socket): void => {
    sockets.add(socket)
    const parser = mqttPacket.parser()
    let connection: FakeConnection | undefined
    let protocolVersion = 4
    const send = (packet: Packet | Buffer): void => {
      if (socket.writable)
        socket.write(Buffer.isBuffer(packet) ? packet : mqttPacket.generate(packet, { protocolVersion }))
    }
    const greet = (connect: IConnectPacket): void => {
      protocolVersion = connect.protocolVersion ?? 4
      const received: Packet[] = []
      const acknowledged: number[] = []
      connection = {
        connect,
        received,
        acknowledged,
        get closed() {
          return socket.destroyed
        },
        send,
        publish: (packet) =>
          send({ cmd: 'publish', qos: 1, dup: false, retain: false, ...packet } satisfies IPublishPacket),
        drop: () => socket.destroy(),
      }
      const properties = says.receiveMaximum === undefined ? {} : { receiveMaximum: says.receiveMaximum }
      send({
        cmd: 'connack',
        returnCode: says.connack,
        reasonCode: says.connack,
        sessionPresent: says.sessionPresent,
        properties,
      })
      if (says.connack === 0) connections.push(connection)
      else socket.end()
    }
    parser.on('packet', (packet: Packet) => {
      connection?.received.push(packet)
      if (packet.cmd === 'connect') greet(packet)
      if (packet.cmd === 'puback' && packet.messageId !== undefined) connection?.acknowledged.push(packet.messageId)
      if (packet.cmd === 'pingreq' && says.answersPings) send({ cmd: 'pingresp' })
      if (packet.cmd === 'subscribe' && packet.messageId !== undefined) {
        send({ cmd: 'suback', messageId: packet.messageId, granted: packet.subscriptions.map(() => says.granted) })
      }
    })
    socket.on('data', (chunk) => parser.parse(chunk))
    // A connection that is cut is what some of the tests are about.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }

  const server = createServer({ noDelay: true }, accept).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections,
    says,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
