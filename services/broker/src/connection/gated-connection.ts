import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createPacketScanner, createTokenBucket, type ScannedPacket, type TokenBucket } from '@pulsewire/ingest'
import { readPlainPublish, type PlainPublish } from './plain-publish.ts'
import type { Collector } from './turn-end.ts'

/** Nothing waits. (Never pushed to.) */
const NONE: ScannedPacket[] = []

/** What one connection may do before its socket is read more slowly. */
export interface ConnectionShare {
  readonly maxInFlight: number
  readonly packetsPerSecond: number
  readonly burst: number
  readonly bytesPerSecond: number
  readonly burstBytes: number
}
/** In bytes: an hour of twelve leads at 500 Hz at once; then hundreds of times what a device measures, so that none fills the disk in minutes. */
export const DEFAULT_SHARE: ConnectionShare = {
  maxInFlight: 256,
  packetsPerSecond: 1_000,
  burst: 2_000,
  bytesPerSecond: 4 * 1024 * 1024,
  burstBytes: 64 * 1024 * 1024,
}

export interface GateOptions {
  readonly share: ConnectionShare
  /** True while nobody is to be read (the queue before the log is full). */
  readonly congested: () => boolean
  /** The sender is beyond its share of messages a second. */
  readonly onThrottled: () => void
  /** CONNECT has come, whole. */
  readonly onIntroduced: () => void
  /** Calls `flush` at the end of this turn of the event loop. */
  readonly flushLater: (connection: Collector) => void
}

/** The server's high-water mark: what a reader that does not read may have waiting (measured.md, section 2). */
const WRITE_HIGH_WATER_BYTES = 4 * 1024 * 1024
const READ_HIGH_WATER_BYTES = 512 * 1024
/** A throttled sender gets its share in portions: a timer for each packet would cost more than the packet. */
const THROTTLE_PAUSE_MS = 20
const HANG_UP_MS = 500
const TCP_KEEPALIVE_MS = 30_000
/** MQTT 3.1.1, 3.1.2.10: a client that was silent for one and a half times its keepalive is gone. */
const KEEPALIVE_FACTOR_MS = 1_500
/** Acknowledgements that its device does not read may take so much; then nothing more is read of it. */
const MAX_UNREAD_BYTES = 64 * 1024
const PUBACK = 0x40

/**
 * A socket as the MQTT engine sees it: whole packets, at a pace; less those that take the short way (`admit`), of which it sees nothing. Aedes itself reads on while messages are unacknowledged (each
 * `readable` event counts as one done), so the bound on what is in flight, the share per second and the size of packets are kept here.
 * Beyond its share a socket is read more slowly, never closed.
 */
export class GatedConnection extends Duplex implements Collector {
  readonly #socket: Socket
  readonly #options: GateOptions
  readonly #packetShare: TokenBucket
  readonly #byteShare: TokenBucket
  readonly #scanner = createPacketScanner({ first: 'connect' })
  #wholes: Map<number, NonNullable<ScannedPacket['whole']>> | undefined
  #packets = NONE
  #next = 0
  #wanted = false
  #ended = false
  #pumping = false
  #closing = false
  /** Set once it is signed in. */
  #shortWay: ((message: PlainPublish) => boolean) | undefined
  #introduced = false
  /** Of messages, both ways. */
  #inFlight = 0
  /** Of messages, in the engine. */
  #inEngine = 0
  /** What is acknowledged and not written yet, as it will be written: mostly one PUBACK. */
  #acknowledgements = ''
  #awaitsDrain = false
  #keepAliveMs = 0
  #heardAt = 0
  #passed = 0
  #taken = 0
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: GateOptions) {
    super({
      readableHighWaterMark: READ_HIGH_WATER_BYTES,
      writableHighWaterMark: WRITE_HIGH_WATER_BYTES,
      allowHalfOpen: false,
    })
    this.#socket = socket
    this.#options = options
    const { packetsPerSecond, burst, bytesPerSecond, burstBytes } = options.share
    this.#packetShare = createTokenBucket(packetsPerSecond, burst)
    this.#byteShare = createTokenBucket(bytesPerSecond, burstBytes)
    socket.setNoDelay(true)
    // A peer that vanished without a word is noticed even where its MQTT keepalive is off.
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => {
      this.#ended = true
      this.#pump()
    })
    socket.on('error', (error) => this.destroy(error))
    // After an orderly end what has come is still handed on; otherwise there is nothing more to say.
    socket.on('close', () => (this.#ended ? this.#pump() : this.destroy()))
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? 'unknown'
  }

  /** Messages handed on and not yet answered. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Bytes of answers that the operating system has not taken. */
  get unsent(): number {
    return this.writableLength + this.#socket.writableLength + this.#acknowledgements.length
  }

  /**
   * Signed in: what follows CONNECT may pass. Until then it waits here (Aedes would close a client that sends 42 packets ahead).
   * @param shortWay takes a message past the engine, and then `acknowledge` (or `destroy`) follows; or answers false
   */
  admit(shortWay: (message: PlainPublish) => boolean): void {
    this.#shortWay = shortWay
    this.#heardAt = performance.now()
    this.#pump()
  }

  /** What CONNECT says, s; 0 = no keepalive. */
  keepAlive(seconds: number): void {
    this.#keepAliveMs = seconds * KEEPALIVE_FACTOR_MS
  }

  /** Ends the connection where its device has said nothing for too long. To be called now and then. */
  checkKeepAlive(nowMs: number): void {
    if (this.#keepAliveMs === 0 || this.#shortWay === undefined || nowMs - this.#heardAt <= this.#keepAliveMs) return
    this.destroy(new Error('keep alive timeout'))
  }

  /** The next message of this connection is being taken: the size and hash of its payload, where that was too large to be held. */
  takeMessage(): ScannedPacket['whole'] {
    const index = this.#taken++
    const whole = this.#wholes?.get(index)
    this.#wholes?.delete(index)
    return whole
  }

  /** A message that the engine was given is answered: there is room for another. */
  settleMessage(): void {
    this.#inFlight--
    this.#inEngine--
    this.#pump()
  }

  /** A message that took the short way is durable. */
  acknowledge(messageId: number): void {
    this.#inFlight--
    if (this.destroyed) return
    if (this.#acknowledgements === '') this.#options.flushLater(this)
    this.#acknowledgements += String.fromCharCode(PUBACK, 2, messageId >> 8, messageId & 0xff)
    if (this.#next < this.#packets.length) this.#pump()
  }

  /** Writes the acknowledgements of the short way. They are few bytes: past the buffer of this stream, which the engine writes into. */
  flush(): void {
    const bytes = this.#acknowledgements
    if (bytes === '') return
    this.#acknowledgements = ''
    // As Latin-1 a character is a byte: so few of them cost less as a string than as a buffer.
    if (this.#socket.writable) this.#socket.write(bytes, 'latin1')
  }

  /** Looks again whether it may read: the congestion is over. */
  wake(): void {
    this.#pump()
  }

  /** Reads nothing more; what has been handed on can still be answered. */
  quiesce(): void {
    this.#closing = true
    this.#socket.pause()
  }

  override _read(): void {
    this.#wanted = true
    this.#pump()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Of two messages, the one that took the short way came first: it waits for what is in the engine.
    this.flush()
    if (this.#socket.writable) this.#socket.write(chunk, done)
    else done()
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.flush()
    this.#packets = NONE
    if (error === null) this.#hangUp()
    else this.#socket.destroy()
    done(error)
  }

  /** Lets what was written (a refusal, the last acknowledgements) reach the other side, if that reads. */
  #hangUp(): void {
    this.#socket.destroySoon()
    const timer = setTimeout(() => this.#socket.destroy(), HANG_UP_MS)
    this.#socket.once('close', () => clearTimeout(timer))
  }

  #receive(chunk: Buffer): void {
    if (this.#closing || this.destroyed) return
    try {
      const packets = this.#scanner.scan(chunk)
      if (this.#next < this.#packets.length) this.#packets.push(...packets)
      else {
        this.#packets = packets
        this.#next = 0
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping || this.destroyed) return
    this.#pumping = true
    for (;;) {
      const packet = this.#packets[this.#next]
      if (packet === undefined) break
      const plain = this.#isEngineBusy() || packet.whole !== undefined ? undefined : readPlainPublish(packet.bytes)
      if ((plain === undefined && !this.#wanted) || !this.#mayPass(packet)) break
      this.#next++
      if (!this.#introduced) {
        this.#introduced = true
        this.#options.onIntroduced()
      }
      if (packet.publish) this.#inFlight++
      if (plain === undefined || this.#shortWay?.(plain) !== true) this.#handToEngine(packet)
    }
    this.#pumping = false
    if (this.#next < this.#packets.length) {
      this.#socket.pause()
      return
    }
    this.#packets = NONE
    this.#next = 0
    if (this.#ended) this.push(null)
    else if (!this.#closing) this.#socket.resume()
  }

  /**
   * What came before may still be on its way through the engine, or its acknowledgement on the way out: nothing overtakes it.
   * (The other way round it is by the order of the calls of ingest, and of `flush`.)
   */
  #isEngineBusy(): boolean {
    return this.#shortWay === undefined || this.#inEngine > 0 || this.readableLength > 0 || this.writableLength > 0
  }

  /** True where its device does not read what it is answered: it may go on once it has. (The engine bounds what it writes itself.) */
  #areAnswersUnread(): boolean {
    if (this.#socket.writableLength - this.writableLength <= MAX_UNREAD_BYTES) return false
    if (!this.#awaitsDrain) this.#socket.once('drain', () => this.#drained())
    this.#awaitsDrain = true
    return true
  }

  #drained(): void {
    this.#awaitsDrain = false
    this.#pump()
  }

  #handToEngine({ publish, bytes, whole }: ScannedPacket): void {
    if (publish) {
      if (whole !== undefined) (this.#wholes ??= new Map()).set(this.#passed, whole)
      this.#passed++
      this.#inEngine++
    }
    this.#wanted = this.push(bytes)
  }

  #mayPass({ bytes, whole }: ScannedPacket): boolean {
    if (this.#closing || this.#timer !== undefined) return false
    if (this.#introduced && this.#shortWay === undefined) return false
    if (this.#inFlight >= this.#options.share.maxInFlight || this.#options.congested()) return false
    if (this.#areAnswersUnread()) return false
    const now = performance.now()
    const waitMs = this.#packetShare.take(now) || this.#byteShare.take(now, whole?.bytes ?? bytes.length)
    if (waitMs === 0) {
      this.#heardAt = now
      return true
    }
    this.#options.onThrottled()
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#pump()
      },
      Math.max(waitMs, THROTTLE_PAUSE_MS),
    )
    return false
  }
}
