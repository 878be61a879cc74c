import { createHash, randomUUID } from 'node:crypto'
import { PulsewireError, type Role, type User } from '@pulsewire/contracts'
import type { RegistryView } from '@pulsewire/registry'
import { jwtVerify, SignJWT, errors } from 'jose'
import { z } from 'zod'
import { revokedSessions, writeRevocation } from './revocations.ts'

const ISSUER = 'pulsewire'
const ALGORITHM = 'HS256'

const claims = z.object({ sub: z.string(), jti: z.string(), exp: z.number(), pwd: z.string() })

/** Who calls, as of this moment: roles are the registry's, not those of the time of signing in. */
export interface Session {
  readonly id: string
  readonly user: string
  readonly roles: readonly Role[]
  /** ms */
  readonly expiresAt: number
}

/**
 * Sessions as signed tokens. The key and the list of those signed out are registry settings, so every API sees the same and none
 * holds a session of its own. A new password, or a disabled user, ends the sessions that were there.
 */
export interface Sessions {
  open(user: User): Promise<{ token: string; session: Session }>
  /** PW_UNAUTHENTICATED where the token is not (or no longer) good. */
  verify(token: string): Promise<Session>
  /** Whether a session that was verified before still holds. */
  holds(session: Session): boolean
  /** Ends it, on every API. */
  end(session: Session): Promise<void>
}

export function createSessions(options: {
  readonly view: RegistryView
  readonly key: Uint8Array
  readonly now: () => number
  readonly lifetimeMs: number
}): Sessions {
  const { view, key, now, lifetimeMs } = options
  const activeUser = (name: string): User | undefined => {
    const user = view.state.users.get(name)?.entity
    return user?.disabled === true ? undefined : user
  }

  return {
    open: async (user) => {
      const id = randomUUID()
      const expiresAt = Math.floor((now() + lifetimeMs) / 1000) * 1000
      const token = await new SignJWT({ pwd: passwordMark(user) })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(user.id)
        .setJti(id)
        .setIssuedAt(Math.floor(now() / 1000))
        .setExpirationTime(expiresAt / 1000)
        .sign(key)
      return { token, session: { id: sessionId(id, passwordMark(user)), user: user.id, roles: user.roles, expiresAt } }
    },
    verify: async (token) => {
      const { sub, jti, exp, pwd } = await readToken(token, key, now())
      const user = activeUser(sub)
      if (user === undefined || passwordMark(user) !== pwd || revokedSessions(view.state).has(jti)) {
        throw new PulsewireError('PW_UNAUTHENTICATED', 'the session has ended')
      }
      return { id: sessionId(jti, pwd), user: sub, roles: user.roles, expiresAt: exp * 1000 }
    },
    holds: (session) => {
      const [jti = '', mark = ''] = session.id.split('/')
      const user = activeUser(session.user)
      if (user === undefined || session.expiresAt <= now()) return false
      return passwordMark(user) === mark && !revokedSessions(view.state).has(jti)
    },
    end: (session) => writeRevocation(view, session.id.split('/')[0] ?? '', session.expiresAt, session.user, now()),
  }
}

async function readToken(token: string, key: Uint8Array, now: number): Promise<z.infer<typeof claims>> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer: ISSUER,
      algorithms: [ALGORITHM],
      currentDate: new Date(now),
    })
    return claims.parse(payload)
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new PulsewireError('PW_UNAUTHENTICATED', 'the session has expired', { cause: error })
    }
    throw new PulsewireError('PW_UNAUTHENTICATED', 'the token is not one of ours', { cause: error })
  }
}

function sessionId(jti: string, mark: string): string {
  return `${jti}/${mark}`
}

/** Tells one password from the next, and nothing about either (the hash is salted). */
function passwordMark(user: User): string {
  return createHash('sha256').update(user.passwordHash).digest('base64url').slice(0, 16)
}
