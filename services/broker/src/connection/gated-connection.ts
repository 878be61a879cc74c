import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createPacketScanner, createTokenBucket, type ScannedPacket, type TokenBucket } from '@pulsewire/ingest'

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
}

/** The server's high-water mark: what a reader that does not read may have waiting (measured.md, section 2). */
const WRITE_HIGH_WATER_BYTES = 4 * 1024 * 1024
const READ_HIGH_WATER_BYTES = 512 * 1024
/** A throttled sender gets its share in portions: a timer for each packet would cost more than the packet. */
const THROTTLE_PAUSE_MS = 20
const HANG_UP_MS = 500
const TCP_KEEPALIVE_MS = 30_000

/**
 * A socket as the MQTT engine sees it: whole packets, at a pace. Aedes itself reads on while messages are unacknowledged (each
 * `readable` event counts as one done), so the bound on what is in flight, the share per second and the size of packets are kept here.
 * Beyond its share a socket is read more slowly, never closed.
 */
export class GatedConnection extends Duplex {
  readonly #socket: Socket
  readonly #options: GateOptions
  readonly #packetShare: TokenBucket
  readonly #byteShare: TokenBucket
  readonly #scanner = createPacketScanner({ first: 'connect' })
  readonly #wholes = new Map<number, NonNullable<ScannedPacket['whole']>>()
  #packets: ScannedPacket[] = []
  #next = 0
  #wanted = false
  #ended = false
  #pumping = false
  #closing = false
  #admitted = false
  #introduced = false
  #inFlight = 0
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

  /** Messages handed to the engine and not yet settled. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Signed in: what follows CONNECT may pass. Until then it waits here (Aedes would close a client that sends 42 packets ahead). */
  admit(): void {
    this.#admitted = true
    this.#pump()
  }

  /** The next message of this connection is being taken: the size and hash of its payload, where that was too large to be held. */
  takeMessage(): ScannedPacket['whole'] {
    const index = this.#taken++
    const whole = this.#wholes.get(index)
    this.#wholes.delete(index)
    return whole
  }

  /** A message that was taken is answered: there is room for another. */
  settleMessage(): void {
    this.#inFlight--
    this.#pump()
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
    this.#packets = []
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
      for (const packet of this.#scanner.scan(chunk)) this.#packets.push(packet)
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping || this.destroyed) return
    this.#pumping = true
    while (this.#wanted) {
      const packet = this.#packets[this.#next]
      if (packet === undefined || !this.#mayPass(packet)) break
      this.#next++
      if (!this.#introduced) {
        this.#introduced = true
        this.#options.onIntroduced()
      }
      if (packet.publish) {
        if (packet.whole !== undefined) this.#wholes.set(this.#passed, packet.whole)
        this.#passed++
        this.#inFlight++
      }
      this.#wanted = this.push(packet.bytes)
    }
    this.#pumping = false
    if (this.#next < this.#packets.length) {
      this.#socket.pause()
      return
    }
    this.#packets = []
    this.#next = 0
    if (this.#ended) this.push(null)
    else if (!this.#closing) this.#socket.resume()
  }

  #mayPass({ bytes, whole }: ScannedPacket): boolean {
    if (this.#closing || this.#timer !== undefined) return false
    if (this.#introduced && !this.#admitted) return false
    if (this.#inFlight >= this.#options.share.maxInFlight || this.#options.congested()) return false
    const now = performance.now()
    const waitMs = this.#packetShare.take(now) || this.#byteShare.take(now, whole?.bytes ?? bytes.length)
    if (waitMs === 0) return true
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
