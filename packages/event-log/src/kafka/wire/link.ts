import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import kafkajs, { type SASLOptions } from 'kafkajs'
import Connection, { type ApiVersions, type Exchange, type Logger } from 'kafkajs/src/network/connection.js'
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js'
import protocol, { type Definition, type Requests } from 'kafkajs/src/protocol/requests/index.js'

const KEEP_ALIVE_MS = 10_000
/** The longest that a queue held back by the broker (quota) is left without a look, ms. */
const LONGEST_LOOK_MS = 1_000

const requests: { [N in keyof Requests]: Definition<OptionsOf<N>, ResultOf<N>> } = protocol.requests

/** How to reach a broker. */
export interface LinkSettings {
  readonly clientId: string
  readonly tls: ConnectionOptions | null
  readonly sasl: SASLOptions | null
  /** To connect and sign in, ms. */
  readonly connectTimeoutMs: number
  readonly logger: Logger
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** A connection to a broker. After the first failure that is not an answer of the broker it is closed: open another. */
export interface Link {
  readonly isOpen: boolean
  /** Sends a request that kafkajs encodes and decodes. Rejects where the answer tells of an error, unless `errorsAreData`. */
  call<N extends keyof Requests>(
    name: N,
    options: OptionsOf<N>,
    timeoutMs: number,
    errorsAreData?: boolean,
  ): Promise<ResultOf<N>>
  send<T>(exchange: Exchange<T>, timeoutMs: number): Promise<T>
  /** At once; what is under way is rejected. */
  close(): void
}

export type OptionsOf<N extends keyof Requests> = Requests[N] extends Definition<infer O, infer _R> ? O : never
export type ResultOf<N extends keyof Requests> = Requests[N] extends Definition<infer _O, infer R> ? R : never

// Node finds these names of a CommonJS module only on the whole of it.
const { KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs

/** What the broker answered, as `KafkaJSProtocolError.type`; undefined where it did not answer. */
export function answerOf(error: unknown): string | undefined {
  const first: unknown = error instanceof KafkaJSAggregateError ? error.errors[0] : error
  return first instanceof KafkaJSProtocolError ? first.type : undefined
}

/** Connects and signs in. */
export async function openLink(address: Address, settings: LinkSettings): Promise<Link> {
  let socket: Socket | undefined
  const connection = new Connection({
    ...address,
    clientId: settings.clientId,
    logger: settings.logger,
    ssl: settings.tls,
    // A copy: kafkajs keeps its authenticator in it.
    sasl: settings.sasl === null ? null : { ...settings.sasl },
    socketFactory: ({ host, port, ssl, onConnect }) => {
      socket = ssl
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
        : connectTcp({ host, port }, onConnect)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      socket.setNoDelay(true)
      return socket
    },
    requestTimeout: settings.connectTimeoutMs,
    connectionTimeout: settings.connectTimeoutMs,
    // Its own looks at the clock ten times a second, and leaves a connection open that does not answer: timeouts are kept here.
    enforceRequestTimeout: false,
  })
  keepQuiet(connection)
  let closed = false

  const close = (): void => {
    if (closed) return
    closed = true
    connection.requestQueue.rejectAll(new Error(`The connection to ${address.host}:${address.port} was closed`))
    connection.requestQueue.destroy()
    socket?.destroy()
  }

  // What cannot be read as Kafka's would throw in the socket's event, and end the process.
  const processData = connection.processData.bind(connection)
  connection.processData = (data) => {
    try {
      if (!closed) processData(data)
    } catch (error) {
      settings.logger.warn('not an answer of Kafka', {
        broker: `${address.host}:${address.port}`,
        error: String(error),
      })
      close()
    }
  }

  const send = async <T>(exchange: Exchange<T>, timeoutMs: number): Promise<T> => {
    if (closed) throw new Error(`The connection to ${address.host}:${address.port} is closed`)
    try {
      return await within(timeoutMs, exchange.request.apiName, connection.send(exchange))
    } catch (error) {
      // An answer that says no is an answer. All else leaves open what comes next on this connection.
      if (answerOf(error) === undefined) close()
      throw error
    }
  }

  try {
    const versions = await within(settings.connectTimeoutMs, 'connect', signIn(connection))
    const lookup = protocol.lookup(versions)
    return {
      get isOpen() {
        return !closed && connection.isConnected()
      },
      call<N extends keyof Requests>(
        name: N,
        options: OptionsOf<N>,
        timeoutMs: number,
        errorsAreData = false,
      ): Promise<ResultOf<N>> {
        const definition: Definition<OptionsOf<N>, ResultOf<N>> = requests[name]
        const { request, response } = lookup(apiKeys[name], definition)(options)
        return send(
          {
            request,
            response: errorsAreData
              ? { decode: (payload) => response.decode(payload), parse: async (data) => data }
              : response,
          },
          timeoutMs,
        )
      },
      send,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

async function signIn(connection: Connection): Promise<ApiVersions> {
  await connection.connect()
  const { apiVersions } = await connection.send(protocol.requests.ApiVersions.protocol({ version: 1 })())
  const versions: ApiVersions = {}
  for (const { apiKey, minVersion, maxVersion } of apiVersions) versions[apiKey] = { minVersion, maxVersion }
  connection.setVersions(versions)
  connection.setSupportAuthenticationProtocol(true)
  await connection.authenticate()
  return versions
}

/**
 * kafkajs 2.2.4 looks at an idle connection's queue 830 times a second (tulios/kafkajs#1556). A look is due only where something waits
 * because the broker asked for a pause.
 */
function keepQuiet(connection: Connection): void {
  const queue = connection.requestQueue
  let timer: NodeJS.Timeout | undefined
  queue.scheduleCheckPendingRequests = () => {
    if (timer !== undefined || queue.pending.length === 0) return
    const waitMs = Math.min(Math.max(1, queue.throttledUntil - Date.now()), LONGEST_LOOK_MS)
    timer = setTimeout(() => {
      timer = undefined
      queue.checkPendingRequests()
    }, waitMs)
  }
}

/** Rejects where `work` takes longer. */
export async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
