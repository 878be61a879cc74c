import { randomBytes } from 'node:crypto'
import { errorCodeOf, type RegistryEntity } from '@pulsewire/contracts'
import type { RegistryView } from '@pulsewire/registry'
import { generatePassword, hashPassword } from './passwords.ts'

const KEY_SETTING = 'session-key'
const FIRST_USER = 'admin'
const BY = 'system'

/** The key that signs sessions: made by whichever API starts first, shared by all. */
export async function sessionKey(view: RegistryView): Promise<Uint8Array> {
  const value = randomBytes(32).toString('base64url')
  if (!view.state.settings.has(KEY_SETTING)) await createOnce(view, { kind: 'setting', id: KEY_SETTING, value })
  return Buffer.from(view.state.settings.get(KEY_SETTING)?.entity.value ?? value, 'base64url')
}

/**
 * Creates the user `admin` where there is no user at all. Answers the password where it had to be made up, so that it can be printed
 * once; it is kept nowhere.
 */
export async function ensureFirstUser(view: RegistryView, password: string | undefined): Promise<string | undefined> {
  if (view.state.users.size > 0) return undefined
  const chosen = password ?? generatePassword()
  const passwordHash = await hashPassword(chosen)
  const created = await createOnce(view, {
    kind: 'user',
    id: FIRST_USER,
    roles: ['admin'],
    passwordHash,
    // It was printed: whoever reads the terminal knows it.
    ...(password === undefined ? { temporaryPassword: true } : {}),
  })
  return created && password === undefined ? chosen : undefined
}

/** False where another API was faster. */
async function createOnce(view: RegistryView, entity: RegistryEntity): Promise<boolean> {
  try {
    await view.change(entity, { expectedVersion: 0, by: BY })
    return true
  } catch (error) {
    if (errorCodeOf(error) !== 'PW_CONFLICT') throw error
    return false
  }
}
