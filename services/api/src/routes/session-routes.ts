import '@fastify/rate-limit' // adds createRateLimit to the server's type
import { PulsewireError, ROLES, type User } from '@pulsewire/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { setSessionCookie } from '../auth/cookies.ts'
import { hashPassword, verifyPassword } from '../auth/passwords.ts'
import { originOf } from '../auth/same-origin.ts'
import type { ApiContext } from '../context.ts'
import { route, type Call, type Route } from '../http/route.ts'
import { found, update } from '../registry-writes.ts'
import { password } from './user-routes.ts'

const sessionAnswer = z.object({
  token: z.string().optional().describe('only in the answer to signing in'),
  user: z.string(),
  roles: z.array(z.enum(ROLES)),
  expiresAt: z.int(),
  temporaryPassword: z.boolean().optional().describe('somebody else knows the password: choose another'),
})
const signedInAnswer = sessionAnswer.extend({ token: z.string() })

const credentials = z.strictObject({ user: z.string().min(1).max(64), password: z.string().min(1).max(1_000) })

export function sessionRoutes(context: ApiContext, app: FastifyInstance): Route[] {
  const { sessions, registry, audit, now, secureCookies } = context
  const checkRate = app.createRateLimit({
    max: context.signInsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request: FastifyRequest) => `${request.ip} ${nameIn(request.body)} ${request.method}`,
  })
  const limitRate = async ({ request, reply }: Call): Promise<void> => {
    const rate = await checkRate(request)
    if (rate.isAllowed || !rate.isExceeded) return
    reply.header('retry-after', rate.ttlInSeconds)
    throw new PulsewireError('PW_TOO_MANY_REQUESTS', `try again in ${rate.ttlInSeconds} s`)
  }

  /** Opens a session and gives a browser its cookie. */
  const openSession = async (user: User, { reply }: Call): Promise<z.input<typeof signedInAnswer>> => {
    const { token, session } = await sessions.open(user)
    const { expiresAt, roles } = session
    reply.header('set-cookie', setSessionCookie(token, Math.floor((expiresAt - now()) / 1000), secureCookies))
    return { token, user: user.id, roles: [...roles], expiresAt, ...temporary(user) }
  }

  return [
    route({
      method: 'POST',
      path: '/session',
      tag: 'session',
      summary: 'Sign in: a token, and a cookie for browsers',
      access: 'public',
      unaudited: true,
      body: credentials,
      response: signedInAnswer,
      handle: async ({ body, call }) => {
        if (originOf(call.request.headers) === 'foreign')
          throw new PulsewireError('PW_FORBIDDEN', 'from a foreign page')
        await limitRate(call)
        const user = registry.state.users.get(body.user)?.entity
        const hash = user === undefined || user.disabled === true ? undefined : user.passwordHash
        const matches = await verifyPassword(hash, body.password)
        const from = call.request.ip
        if (!matches || user === undefined) {
          await audit({ at: now(), by: body.user, action: 'sign-in-refused', from })
          throw new PulsewireError('PW_SIGN_IN_FAILED')
        }
        await audit({ at: now(), by: user.id, action: 'sign-in', from })
        return openSession(user, call)
      },
    }),
    route({
      method: 'GET',
      path: '/session',
      tag: 'session',
      summary: 'Who is signed in',
      access: 'signed-in',
      response: sessionAnswer,
      handle: ({ call: { session } }) => {
        if (session === undefined) throw new PulsewireError('PW_UNAUTHENTICATED')
        const { user, roles, expiresAt } = session
        const entity = registry.state.users.get(user)?.entity
        return Promise.resolve({ user, roles: [...roles], expiresAt, ...temporary(entity) })
      },
    }),
    route({
      method: 'DELETE',
      path: '/session',
      tag: 'session',
      summary: 'Sign out: the token is no longer good, on no API',
      access: 'signed-in',
      status: 204,
      response: z.undefined(),
      handle: async ({ call: { session, reply } }) => {
        if (session !== undefined) await sessions.end(session)
        reply.header('set-cookie', setSessionCookie('', 0, secureCookies))
        return undefined
      },
    }),
    route({
      method: 'PUT',
      path: '/session/password',
      tag: 'session',
      summary: 'Another password of your own: ends your other sessions, and answers a new one',
      access: 'signed-in',
      body: z.strictObject({ currentPassword: credentials.shape.password, newPassword: password }),
      response: signedInAnswer,
      handle: async ({ body, call }) => {
        const name = call.session?.user ?? ''
        const { currentPassword, newPassword } = body
        await limitRate(call)
        const user = found(registry.state.users.get(name), `user ${name}`)
        if (!(await verifyPassword(user.entity.passwordHash, currentPassword))) {
          throw new PulsewireError('PW_PASSWORD_WRONG')
        }
        if (newPassword === currentPassword) {
          throw new PulsewireError('PW_REQUEST_INVALID', 'newPassword: is the one that you have')
        }
        const passwordHash = await hashPassword(newPassword)
        const { entity } = await update(
          registry,
          () => registry.state.users.get(name),
          (user) => ({ ...user, passwordHash, temporaryPassword: false }),
          // Whoever changed it meanwhile has the last word.
          { expectedVersion: user.version, by: call.author, what: `user ${name}` },
        )
        return openSession(entity, call)
      },
    }),
  ]
}

function temporary(user: User | undefined): { temporaryPassword?: true } {
  return user?.temporaryPassword === true ? { temporaryPassword: true } : {}
}

function nameIn(body: unknown): string {
  const parsed = credentials.safeParse(body)
  return parsed.success ? parsed.data.user : ''
}
