import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { downlinkTopic, uplinkTopic, type UplinkKind } from '@pulsewire/contracts'
import { encodeJson } from '@pulsewire/codec'
import { createBackoff } from './backoff.ts'
import type { Clock } from './clock.ts'

export interface Credential {
  readonly username: string
  readonly password: string
}

export interface LinkOptions {
  readonly url: string
  readonly device: string
  readonly credential: Credential
  readonly clock: Clock
  /** Seconds (30). */
  readonly keepaliveS?: number
  /** PEM of the authority that signed the broker's certificate (mqtts://). */
  readonly ca?: string
  readonly firstRetryMs?: number
  readonly maximumRetryMs?: number
  readonly random?: () => number
}

export interface LinkListener {
  /** Signed in and subscribed: now it may send. */
  onUp(): void
  /** Whatever was not acknowledged is to be sent again. */
  onDown(): void
  onDownlink(kind: 'command' | 'notice', payload: Uint8Array): void
}

export interface OutgoingMessage {
  readonly kind: UplinkKind
  readonly payload: Uint8Array
  /** It was sent before, over a connection that broke. */
  readonly again?: boolean
}

/** The connection of one node to its broker: comes back by itself, with jittered waits. */
export interface Link {
  readonly connected: boolean
  readonly connects: number
  readonly lastError: string | undefined
  /** `acknowledged` is called on the PUBACK, and never where the link broke before it. */
  publish(message: OutgoingMessage, acknowledged: () => void): void
  /** The last will, for this connection and those to come. */
  setWill(payload: Uint8Array): void
  /** Break the connection as a radio does, without a word; stay away for so long. */
  breakFor(ms: number): void
  /** Say goodbye (no will), or vanish (the broker publishes the will). */
  close(how: 'goodbye' | 'vanish'): Promise<void>
}

/**
 * Each try is a new client with a clean session: mqtt.js keeps unacknowledged messages of its own and can lose them while it replays them
 * (mqttjs/MQTT.js#2015), so it never gets to keep any; the node's spool is the only one.
 */
export function createLink(options: LinkOptions, listener: LinkListener): Link {
  const { url, device, credential, clock } = options
  const backoff = createBackoff({
    firstMs: options.firstRetryMs ?? 500,
    maximumMs: options.maximumRetryMs ?? 30_000,
    ...(options.random === undefined ? {} : { random: options.random }),
  })
  let client: MqttClient | undefined
  let will: Uint8Array = encodeJson({ state: 'offline' })
  let up = false
  let closed = false
  let connects = 0
  let lastError: string | undefined
  let cancelRetry: (() => void) | undefined

  const clientOptions = (): IClientOptions => ({
    clientId: device,
    username: credential.username,
    password: credential.password,
    clean: true,
    keepalive: options.keepaliveS ?? 30,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    queueQoSZero: false,
    resubscribe: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    will: { topic: uplinkTopic(device, 'status'), payload: Buffer.from(will), qos: 1, retain: true },
  })

  const lost = (from: MqttClient): void => {
    if (from !== client) return
    client = undefined
    from.end(true)
    if (up) {
      up = false
      listener.onDown()
    }
    if (!closed && cancelRetry === undefined) retryAfter(backoff.nextMs())
  }

  const retryAfter = (ms: number): void => {
    cancelRetry?.()
    cancelRetry = clock.after(ms, () => {
      cancelRetry = undefined
      open()
    })
  }

  const open = (): void => {
    const fresh = connect(url, clientOptions())
    client = fresh
    fresh.on('connect', () => {
      const topics = {
        [downlinkTopic(device, 'command')]: { qos: 1 },
        [downlinkTopic(device, 'notice')]: { qos: 1 },
      } as const
      fresh.subscribe(topics, (error) => {
        if (fresh !== client || closed) return
        if (error !== null && error !== undefined) {
          lastError = error.message
          fresh.end(true)
          return
        }
        up = true
        connects += 1
        backoff.reset()
        listener.onUp()
      })
    })
    fresh.on('message', (topic, payload) => {
      if (topic === downlinkTopic(device, 'command')) listener.onDownlink('command', payload)
      else if (topic === downlinkTopic(device, 'notice')) listener.onDownlink('notice', payload)
    })
    fresh.on('error', (error) => {
      lastError = error.message
    })
    fresh.on('close', () => lost(fresh))
  }

  open()

  return {
    get connected() {
      return up
    },
    get connects() {
      return connects
    },
    get lastError() {
      return lastError
    },
    publish({ kind, payload, again = false }, acknowledged) {
      const through = client
      through?.publish(
        uplinkTopic(device, kind),
        Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
        { qos: 1, retain: kind === 'status', dup: again },
        (error) => {
          // after a break the spool sends it again: a late word of the old connection counts for nothing
          if (through === client && (error === null || error === undefined)) acknowledged()
        },
      )
    },
    setWill(payload) {
      will = payload
    },
    breakFor(ms) {
      retryAfter(ms)
      client?.stream.destroy()
    },
    close(how) {
      closed = true
      cancelRetry?.()
      const last = client
      if (last === undefined) return Promise.resolve()
      if (how === 'vanish') last.stream.destroy()
      return new Promise((resolve) => {
        last.end(how === 'vanish' || !up, {}, () => resolve())
      })
    },
  }
}
