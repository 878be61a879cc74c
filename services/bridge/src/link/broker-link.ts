import type { Logger } from '@pulsewire/runtime'
import { MqttClient, type IClientOptions } from 'mqtt'
import { dial, type BrokerAddress } from './dial.ts'
import { BrokerGate, type GateOptions } from './gate.ts'

export interface LinkOptions extends BrokerAddress {
  readonly protocol: 4 | 5
  /** Names our session at the broker, which keeps for it what comes while we are away. One process at a time. */
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  /** Filters to subscribe to. */
  readonly topics: readonly string[]
  /** Group of the shared subscription; absent = a subscription of our own. */
  readonly share?: string
  /** Messages that the broker may have on their way to us unacknowledged (MQTT 5). */
  readonly receiveMaximum: number
  /** How long the broker is to keep our session without us, s (MQTT 5). */
  readonly sessionExpirySeconds: number
  readonly keepaliveSeconds: number
}

export interface LinkDeps extends Pick<GateOptions, 'take' | 'congested'> {
  readonly logger: Logger
}

/** Our place at a broker that is not ours: connected again whenever it is lost. */
export interface BrokerLink {
  /** Whether messages can come, and if not, why. */
  readonly state: { readonly ok: boolean; readonly detail: string }
  /** Messages taken and not yet acknowledged to the broker. */
  readonly inFlight: number
  /** Sends something to a device, where that is possible at once; false where not. */
  publish(message: DownlinkPublication): boolean
  /** Looks again whether it may read: the congestion is over. */
  wake(): void
  /** Breaks the connection: the broker sends what is not acknowledged again, in order, on the next one. */
  reconnect(reason: Error): void
  /** Reads nothing more. What was taken is still acknowledged. */
  quiesce(): void
  close(): Promise<void>
}

export interface DownlinkPublication {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
  /** After so long the broker is not to deliver it any more (MQTT 5). */
  readonly expirySeconds: number
}

const RECONNECT_MIN_MS = 250
const RECONNECT_MAX_MS = 10_000
const CONNECT_TIMEOUT_MS = 10_000
const SUBSCRIBE_AGAIN_MS = 5_000
const CLOSE_MS = 500
/** MQTT 5: do not send what is retained when we subscribe. */
const NO_RETAINED = 2
/** What we have on its way to the broker; also never more than it takes (a device that is told less, is told later). */
const MAX_DOWNLINK_IN_FLIGHT = 100
/** MQTT 5: another client has connected with our client id. */
const SESSION_TAKEN_OVER = 0x8e

/** Connects to the broker, and keeps at it: a broker that is not there is waited for. */
export function openBrokerLink(options: LinkOptions, deps: LinkDeps): BrokerLink {
  const { logger } = deps
  const mqtt5 = options.protocol === 5
  let gate: BrokerGate | undefined
  let subscribed = false
  let problem = 'not connected yet'
  let downlinkInFlight = 0
  let subscribeTimer: NodeJS.Timeout | undefined

  const client = new MqttClient(() => {
    gate = new BrokerGate(dial(options), { mqtt5, take: deps.take, congested: deps.congested })
    return gate
  }, clientOptions(options))

  const failed = (detail: string, fields: Record<string, unknown> = {}): void => {
    problem = detail
    logger.warn({ ...fields, broker: `${options.host}:${options.port}` }, detail)
  }

  const subscribe = (): void => {
    const filters = options.topics.map((topic) =>
      options.share === undefined ? topic : `$share/${options.share}/${topic}`,
    )
    const each = mqtt5 ? ({ qos: 1, rap: false, nl: false, rh: NO_RETAINED } as const) : ({ qos: 1 } as const)
    client.subscribe(Object.fromEntries(filters.map((filter) => [filter, each])), (error, granted = []) => {
      const refused = granted.find(({ qos }) => qos !== 1)
      if (error === null && refused === undefined) {
        subscribed = true
        logger.info({ broker: `${options.host}:${options.port}`, clientId: options.clientId, filters }, 'subscribed')
        return
      }
      if (!client.connected) return
      const why = error === null ? `${refused?.topic} was granted QoS ${refused?.qos}` : error.message
      failed(
        `the broker refuses the subscription: ${why}${options.share === undefined ? '' : ' (has it shared subscriptions?)'}`,
      )
      subscribeTimer = setTimeout(() => client.connected && subscribe(), SUBSCRIBE_AGAIN_MS)
    })
  }

  client.on('connect', ({ sessionPresent }) => {
    client.options.reconnectPeriod = RECONNECT_MIN_MS
    logger.info({ sessionPresent }, 'connected to the broker')
    // Also where the session is still there: Mosquitto 2.0 keeps a session over its restart, but not its shared subscriptions.
    subscribe()
  })
  client.on('reconnect', () => {
    const period = Math.min(RECONNECT_MAX_MS, (client.options.reconnectPeriod ?? RECONNECT_MIN_MS) * 2)
    client.options.reconnectPeriod = Math.round(period * (0.75 + Math.random() / 4))
  })
  client.on('close', () => {
    clearTimeout(subscribeTimer)
    if (subscribed) failed('the connection to the broker is lost')
    subscribed = false
    // What a device was to be told comes again from the log, or is stale by then: nothing is replayed.
    for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id))
    downlinkInFlight = 0
  })
  client.on('error', (error) => failed(`the connection to the broker: ${error.message}`, { err: error }))
  client.on('disconnect', ({ reasonCode }) => {
    const hint =
      reasonCode === SESSION_TAKEN_OVER ? ': another client uses our client id, and each bridge needs its own' : ''
    failed(`the broker closed the connection with reason ${reasonCode}${hint}`)
  })
  client.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') gate?.pinged()
  })

  const maxDownlinkInFlight = (): number =>
    Math.min(MAX_DOWNLINK_IN_FLIGHT, client.serverProperties?.receiveMaximum ?? MAX_DOWNLINK_IN_FLIGHT)

  return {
    get state() {
      return subscribed ? { ok: true, detail: 'subscribed' } : { ok: false, detail: problem }
    },
    get inFlight() {
      return gate?.inFlight ?? 0
    },
    publish: ({ topic, payload, qos, expirySeconds }) => {
      if (!client.connected || client.disconnecting || downlinkInFlight >= maxDownlinkInFlight()) return false
      downlinkInFlight++
      const from = gate
      client.publish(
        topic,
        payload,
        { qos, ...(mqtt5 ? { properties: { messageExpiryInterval: expirySeconds } } : {}) },
        (error) => {
          if (from === gate && downlinkInFlight > 0) downlinkInFlight--
          if (error instanceof Error) logger.info({ err: error, topic }, 'could not be told')
        },
      )
      return true
    },
    wake: () => gate?.wake(),
    reconnect: (reason) => gate?.destroy(reason),
    quiesce: () => gate?.quiesce(),
    close: async () => {
      clearTimeout(subscribeTimer)
      const force = !client.connected || Object.keys(client.outgoing).length > 0
      await Promise.race([client.endAsync(force), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))])
      gate?.destroy()
    },
  }
}

function clientOptions(options: LinkOptions): IClientOptions {
  return {
    protocolVersion: options.protocol,
    clientId: options.clientId,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    clean: false,
    keepalive: options.keepaliveSeconds,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: RECONNECT_MIN_MS,
    // A broker that refuses us now may take us later: its configuration is being repaired, or it is starting.
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    ...(options.protocol === 5
      ? {
          properties: {
            receiveMaximum: options.receiveMaximum,
            sessionExpiryInterval: options.sessionExpirySeconds,
          },
        }
      : {}),
  }
}
