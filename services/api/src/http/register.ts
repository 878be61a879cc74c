import { PulsewireError } from '@pulsewire/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { auditOf, type Audit } from '../audit.ts'
import { allows } from '../auth/access.ts'
import { sessionCookieOf } from '../auth/cookies.ts'
import { originOf } from '../auth/same-origin.ts'
import type { Session, Sessions } from '../auth/sessions.ts'
import { Answered, RawAnswer } from './answers.ts'
import type { Route } from './route.ts'

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
  for (const route of routes) {
    app.route({
      method: route.method,
      url: `${API_ROOT}${route.path}`,
      handler: async (request, reply) => {
        const session = route.access === 'public' ? undefined : await authorize(request, route, deps.sessions)
        const call = { session, request, reply }
        const answer = await route.run(call)
        if (route.audited) await deps.audit(auditOf(route, call, deps.now()))
        return send(answer, route, reply, deps.validateAnswers)
      },
    })
  }
}

async function authorize(request: FastifyRequest, route: Route, sessions: Sessions): Promise<Session> {
  const { token, fromCookie } = credentialOf(request)
  const session = await sessions.verify(token)
  if (fromCookie && route.method !== 'GET' && originOf(request.headers) !== 'same') {
    throw new PulsewireError('PW_FORBIDDEN', 'a change with a cookie must come from our own pages')
  }
  if (route.access !== 'public' && !allows(route.access, session.roles)) {
    throw new PulsewireError('PW_FORBIDDEN', `needs the permission ${route.access}`)
  }
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
