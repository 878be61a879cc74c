import { ID_PATTERN, PulsewireError, ROLES, type User } from '@pulsewire/contracts'
import type { Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import { hashPassword } from '../auth/passwords.ts'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { create, update } from '../registry-writes.ts'

const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length)
/** A new password. */
export const password = z.string().min(8, 'has at least 8 characters').max(200)
const name = z.string().regex(ID_PATTERN)

const userAnswer = z.object({ name, roles, disabled: z.boolean().optional(), version: z.int() })

function present({ entity, version }: Versioned<User>): z.input<typeof userAnswer> {
  const { id, roles, disabled } = entity
  return { name: id, roles, ...(disabled === undefined ? {} : { disabled }), version }
}

export function userRoutes({ registry }: ApiContext): Route[] {
  const isAdmin = (user: User): boolean => user.roles.includes('admin') && user.disabled !== true
  const refuseWithoutAdmin = (changed: User): void => {
    const others = [...registry.state.users.values()].some(({ entity }) => entity.id !== changed.id && isAdmin(entity))
    if (!others && !isAdmin(changed)) throw new PulsewireError('PW_LAST_ADMIN')
  }

  return [
    route({
      method: 'GET',
      path: '/users',
      tag: 'users',
      summary: 'All users',
      access: 'manage-users',
      response: z.object({ users: z.array(userAnswer) }),
      handle: () => Promise.resolve({ users: [...registry.state.users.values()].map(present) }),
    }),
    route({
      method: 'POST',
      path: '/users',
      tag: 'users',
      summary: 'A new user',
      access: 'manage-users',
      status: 201,
      body: z.strictObject({ name, password, roles }),
      response: userAnswer,
      handle: async ({ body, call }) => {
        const passwordHash = await hashPassword(body.password)
        const user: User = { kind: 'user', id: body.name, roles: body.roles, passwordHash, temporaryPassword: true }
        return present(await create(registry, user, call.author))
      },
    }),
    route({
      method: 'PATCH',
      path: '/users/:name',
      tag: 'users',
      summary: 'Roles, a new password (ends the sessions), or no entry',
      access: 'manage-users',
      params: z.object({ name }),
      body: z.strictObject({
        roles: roles.optional(),
        password: password.optional(),
        disabled: z.boolean().optional(),
        version: z.int().optional(),
      }),
      response: userAnswer,
      handle: async ({ params, body, call }) => {
        const passwordHash = body.password === undefined ? undefined : await hashPassword(body.password)
        const changed = await update(
          registry,
          () => registry.state.users.get(params.name),
          (user) => {
            const next: User = {
              ...user,
              ...(body.roles === undefined ? {} : { roles: body.roles }),
              ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
              ...(passwordHash === undefined
                ? {}
                : { passwordHash, temporaryPassword: params.name !== call.session?.user }),
            }
            refuseWithoutAdmin(next)
            return next
          },
          { expectedVersion: body.version, by: call.author, what: `user ${params.name}` },
        )
        return present(changed)
      },
    }),
  ]
}
