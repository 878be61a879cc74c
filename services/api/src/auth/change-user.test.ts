import { errorCodeOf, type User } from '@pulsewire/contracts'
import { createMemoryEventLog } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import { expect, it } from 'vitest'
import { changeUser } from './change-user.ts'

const by = { name: 'test', wrote: () => undefined }
const admin = (id: string): User => ({ kind: 'user', id, roles: ['admin'], passwordHash: 'x' })
const demote = (user: User): User => ({ ...user, roles: ['viewer'] })

it('leaves an administrator where two take the role from each other in the same moment, at two APIs', async () => {
  const log = createMemoryEventLog({ partitions: 1 })
  const [here, there] = [await openRegistryView(log), await openRegistryView(log)]
  for (const id of ['one', 'two']) await here.change(admin(id), { expectedVersion: 0, by: 'test' })
  await there.catchUp()
  const asked = await Promise.allSettled([
    changeUser(here, 'one', demote, { by }),
    changeUser(there, 'two', demote, { by }),
  ])
  const refused = asked.flatMap((result) => (result.status === 'rejected' ? [errorCodeOf(result.reason)] : []))
  expect(refused).toContain('PW_LAST_ADMIN')
  await here.catchUp()
  const admins = [...here.state.users.values()].filter(({ entity }) => entity.roles.includes('admin'))
  expect(admins).toHaveLength(refused.length)
  await Promise.all([here.close(), there.close()])
  await log.close()
})
