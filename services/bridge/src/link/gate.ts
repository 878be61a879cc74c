import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createPacketScanner, type PacketScanner, type ScannedPacket } from '@pulsewire/ingest'
import { createAcknowledgements, type Acknowledgements } from './acknowledgements.ts'
import { readPublication, type Publication } from './publication.ts'

export interface GateOptions {
  readonly mqtt5: boolean
  /** A message has come. Call `settle` once it is durable; never where it could not be taken. */
  readonly take: (publication: Publication, settle: () => void) => void
  /** True while nothing more is to be read (the queue before the log is full). */
  readonly congested: () => boolean
}

const PUBREL = 6
const PINGRESP = Buffer.from([0xd0, 0])
const TCP_KEEPALIVE_MS = 30_000

/**
 * The broker's connection as mqtt.js sees it: without the messages. mqtt.js connects, subscribes, keeps alive and sends; its own ways to
 * acknowledge take one message at a time, or are private, and it would send a late PUBACK on the next connection. So PUBLISHes are taken
 * out here, and acknowledged here, each after its append: PUBACK for QoS 1, PUBREC for QoS 2 (and PUBCOMP for its PUBREL).
 */
export class BrokerGate extends Duplex {
  readonly #socket: Socket
  readonly #options: GateOptions
  readonly #scanner: PacketScanner
  readonly #acknowledgements: Acknowledgements
  #held = false
  #pinged = false
  #quiet = false
  #ended = false

  constructor(socket: Socket, options: GateOptions) {
    super({ allowHalfOpen: false })
    this.#socket = socket
    this.#options = options
    this.#scanner = createPacketScanner({ first: 'connack', mqtt5: options.mqtt5 })
    // Through our own writable side: what mqtt.js is writing stays whole.
    this.#acknowledgements = createAcknowledgements((packets) => {
      if (this.writable) this.write(packets)
    })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => {
      this.#ended = true
      this.push(null)
    })
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** Messages taken from this connection and not yet acknowledged (QoS 0 aside). */
  get inFlight(): number {
    return this.#acknowledgements.owed
  }

  /** Looks again whether it may read. */
  wake(): void {
    if (!this.#held || this.#quiet || this.#options.congested()) return
    this.#held = false
    this.#socket.resume()
  }

  /** Reads nothing more; what was taken is still acknowledged. */
  quiesce(): void {
    this.#quiet = true
    this.#hold()
  }

  /**
   * mqtt.js has sent a ping and takes the broker for dead where no answer comes. Its answer stands behind all the messages that are on
   * their way, and perhaps not read at present; so whatever the broker says is taken for one, and while we do not listen we do not judge.
   */
  pinged(): void {
    this.#pinged = true
    if (this.#held) this.#answerPing()
  }

  override _read(): void {
    // What is for mqtt.js is pushed when it comes: a few bytes now and then.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket.writable) this.#socket.write(chunk, done)
    else done()
  }

  override _writev(
    chunks: { chunk: Buffer | string; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const parts = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    )
    this._write(Buffer.concat(parts), 'utf8', done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  #hold(): void {
    this.#held = true
    this.#socket.pause()
  }

  #answerPing(): void {
    this.#pinged = false
    process.nextTick(() => {
      if (!this.destroyed && !this.#ended) this.push(PINGRESP)
    })
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return
    if (this.#pinged) this.#answerPing()
    try {
      for (const packet of this.#scanner.scan(chunk)) this.#handle(packet)
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#options.congested()) this.#hold()
  }

  #handle(packet: ScannedPacket): void {
    const { bytes, publish } = packet
    if (publish) {
      const publication = readPublication(packet, this.#options.mqtt5)
      const { qos, id } = publication
      this.#options.take(
        publication,
        qos === 0 ? settleNothing : this.#acknowledgements.expect(acknowledgement(qos, id)),
      )
      return
    }
    if (bytes.readUInt8(0) >> 4 === PUBREL) this.#release(bytes)
    else this.push(bytes)
  }

  /** QoS 2: its PUBREC said that it is durable, so there is nothing left to do. */
  #release(bytes: Buffer): void {
    if (bytes.length < 4) throw new Error('a PUBREL that is malformed')
    this.#acknowledgements.expect(Buffer.from([0x70, 2, bytes.readUInt8(2), bytes.readUInt8(3)]))()
  }
}

function settleNothing(): void {
  // QoS 0 is not acknowledged.
}

/** PUBACK or PUBREC: type, remaining length, packet identifier; without a reason code it means success, in MQTT 5 too. */
function acknowledgement(qos: 1 | 2, id: number): Buffer {
  return Buffer.from([qos === 1 ? 0x40 : 0x50, 2, id >> 8, id & 0xff])
}
