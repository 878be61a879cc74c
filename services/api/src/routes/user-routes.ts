import { ID_PATTERN, ROLES, type User } from '@pulsewire/contracts'
import type { Versioned } from '@pulsewire/registry'
import { z } from 'zod'
import { changeUser } from '../auth/change-user.ts'
import { hashPassword } from '../auth/passwords.ts'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { create } from '../registry-writes.ts'

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
        const changed = await changeUser(
          registry,
          params.name,
          (user) => ({
            ...user,
            ...(body.roles === undefined ? {} : { roles: body.roles }),
            ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
            ...(passwordHash === undefined
              ? {}
              : { passwordHash, temporaryPassword: params.name !== call.session?.user }),
          }),
          { by: call.author, expectedVersion: body.version },
        )
        return present(changed)
      },
    }),
  ]
}
