import { PulsewireError, type User } from '@pulsewire/contracts'
import type { RegistryView, Versioned } from '@pulsewire/registry'
import { update, type Author } from '../registry-writes.ts'

function isAdmin(user: User): boolean {
  return user.roles.includes('admin') && user.disabled !== true
}

/** Changes a user. PW_LAST_ADMIN where nobody would be administrator any more; PW_CONFLICT and PW_NOT_FOUND as `update` has them. */
export async function changeUser(
  registry: RegistryView,
  name: string,
  change: (user: User) => User,
  { by, expectedVersion }: { readonly by: Author; readonly expectedVersion?: number | undefined },
): Promise<Versioned<User>> {
  const hasOtherAdmin = () =>
    [...registry.state.users.values()].some(({ entity }) => entity.id !== name && isAdmin(entity))
  const write = (how: (user: User) => User, expectedVersion?: number) =>
    update(registry, () => registry.state.users.get(name), how, { expectedVersion, by, what: `user ${name}` })

  let before: User | undefined
  const changed = await write((user) => {
    const next = change(user)
    if (!isAdmin(next) && !hasOtherAdmin()) throw new PulsewireError('PW_LAST_ADMIN')
    before = user
    return next
  }, expectedVersion)
  // Two administrators who take the role from each other in the same moment, also at two APIs, both pass that. Whose change comes second in
  // the log sees both, and gives the role back.
  if (before !== undefined && isAdmin(before) && !isAdmin(changed.entity) && !hasOtherAdmin()) {
    const { roles, disabled = false } = before
    await write((user) => ({ ...user, roles, disabled }))
    throw new PulsewireError('PW_LAST_ADMIN')
  }
  return changed
}
