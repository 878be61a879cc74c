import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import { MAX_PAYLOAD_BYTES, PulsewireError } from '@pulsewire/contracts'
import type { Logger, Metrics } from '@pulsewire/runtime'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify'
import { boundIdleConnections } from './idle-connections.ts'
import { problemOf, PROBLEM_TYPE } from './problem.ts'

const REQUEST_TIMEOUT_MS = 30_000
const MAX_IDLE_CONNECTIONS = 1_000
/** What a browser may say on a live socket: which alarms it showed. */
const MAX_SOCKET_MESSAGE_BYTES = 16 * 1_024

/** The server with everything that is the same for all paths: limits, headers, errors as problem documents. */
export async function createServer(options: {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly secureCookies: boolean
  readonly trustProxy: readonly string[]
  readonly stalledAfterMs: number
}): Promise<FastifyInstance> {
  const { logger, metrics, secureCookies, trustProxy, stalledAfterMs } = options
  const loggerInstance: FastifyBaseLogger = logger
  const app = Fastify({
    loggerInstance,
    // Without a proxy that is named, everybody may write what they like into X-Forwarded-For.
    trustProxy: trustProxy.length === 0 ? false : [...trustProxy],
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_PAYLOAD_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Who asks for millions of samples and does not read the answer would have them kept for ever. (A WebSocket switches this off.)
    connectionTimeout: stalledAfterMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, _, reply) => void sendProblem(error, reply),
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return
      const body = JSON.stringify(problemOf(Object.assign(new Error('not HTTP'), { statusCode: 400 })))
      logger.debug({ err: error }, 'a connection that does not speak HTTP')
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
    },
  })

  boundIdleConnections(app.server, MAX_IDLE_CONNECTIONS)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, code } = problemOf(error)
    metrics.errors.inc({ code })
    if (status >= 500) logger.error({ err: error, method: request.method, url: request.routeOptions.url }, code)
    return sendProblem(error, reply)
  })
  app.addHook('onResponse', (request, reply, done) => {
    metrics.sent.inc({ kind: 'answer' })
    metrics.latencyMs.observe({ step: `${request.method} ${request.routeOptions.url ?? 'unknown'}` }, reply.elapsedTime)
    done()
  })
  // A page of another site may send text/plain without asking first.
  app.removeContentTypeParser('text/plain')
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients say "JSON" also where they send nothing.
    if (body.length === 0) done(null, undefined)
    else void parseJson(request, body.toString(), done)
  })
  // The button of the page that confirms a delivery is a form without fields.
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => {
    if (body.length === 0) done(null, undefined)
    else done(new PulsewireError('PW_UNSUPPORTED_MEDIA_TYPE', 'send application/json'), undefined)
  })

  await app.register(helmet, {
    strictTransportSecurity: secureCookies,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  })
  await app.register(rateLimit, { global: false })
  await app.register(websocket, { options: { maxPayload: MAX_SOCKET_MESSAGE_BYTES, perMessageDeflate: false } })
  return app
}

export function sendProblem(error: unknown, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error)
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}
