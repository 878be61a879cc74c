import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { auditOf, changeOf, type Audit, type EntityChange } from '../audit.ts'
import { allows, type Permission } from '../auth/access.ts'
import { sessionCookieOf } from '../auth/cookies.ts'
import { originOf } from '../auth/same-origin.ts'
import type { Session, Sessions } from '../auth/sessions.ts'
import type { Author } from '../registry-writes.ts'
import { Answered, RawAnswer } from './answers.ts'
import type { Method, Route } from './route.ts'

export const API_ROOT = '/api/v1'

export interface RegisterDeps {
  readonly sessions: Sessions
  readonly audit: Audit
  readonly now: () => number
  /** Checks each JSON answer against its schema: for the tests, so that the OpenAPI document is true. */
  readonly validateAnswers: boolean
}

/** Puts the routes on the server: who may, what came in, the handler, the audit record, the answer. */
export function registerRoutes(app: FastifyInstance, routes: readonly Route[], deps: RegisterDeps): void {
  const signedIn = new WeakMap<FastifyRequest, Session>()
  for (const route of routes) {
    app.route({
      method: route.method,
      url: `${API_ROOT}${route.path}`,
      // Before the body is read: who may not call does not get to send anything either.
      onRequest: async (request) => {
        if (route.access === 'public') return
        signedIn.set(request, await authorize(request, route.method, route.access, deps.sessions))
      },
      handler: async (request, reply) => {
        const session = signedIn.get(request)
        const written: EntityChange[] = []
        const author: Author = {
          name: session?.user ?? 'nobody',
          wrote: (before, after) => written.push(changeOf(before, after)),
        }
        const call = { session, author, request, reply }
        let answer: unknown
        try {
          answer = await route.run(call)
        } catch (error) {
          // What was done before it failed is done.
          if (written.length > 0) {
            await deps.audit({ ...auditOf(route, call, written, deps.now()), failed: errorCodeOf(error) })
          }
          throw error
        }
        if (route.audited) await deps.audit(auditOf(route, call, written, deps.now()))
        return send(answer, route, reply, deps.validateAnswers)
      },
    })
  }
}

async function authorize(
  request: FastifyRequest,
  method: Method,
  permission: Permission,
  sessions: Sessions,
): Promise<Session> {
  const { token, fromCookie } = credentialOf(request)
  const session = await sessions.verify(token)
  if (fromCookie && method !== 'GET' && originOf(request.headers) !== 'same') {
    throw new PulsewireError('PW_FORBIDDEN', 'a change with a cookie must come from our own pages')
  }
  if (!allows(permission, session.roles)) throw new PulsewireError('PW_FORBIDDEN', `needs the permission ${permission}`)
  return session
}

/** The bearer token, or the cookie's. PW_UNAUTHENTICATED where there is none. */
export function credentialOf(request: FastifyRequest): { token: string; fromCookie: boolean } {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return { token: bearer, fromCookie: false }
  const cookie = sessionCookieOf(request.headers.cookie)
  if (cookie !== undefined) return { token: cookie, fromCookie: true }
  throw new PulsewireError('PW_UNAUTHENTICATED')
}

function send(answer: unknown, route: Route, reply: FastifyReply, validate: boolean): FastifyReply {
  if (answer instanceof RawAnswer) {
    return reply.code(route.status).headers(answer.headers).type(answer.contentType).send(answer.body)
  }
  const { status, body } = answer instanceof Answered ? answer : { status: route.status, body: answer }
  if (validate) route.schemas.response.parse(body)
  if (body === undefined) return reply.code(status).send()
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
