import { randomBytes } from 'node:crypto'
import { createOnce, sharedSetting, type RegistryView } from '@pulsewire/registry'
import { generatePassword, hashPassword } from './passwords.ts'

const KEY_SETTING = 'session-key'
const FIRST_USER = 'admin'

/** The key that signs sessions: made by whichever API starts first, shared by all. */
export async function sessionKey(view: RegistryView): Promise<Uint8Array> {
  const value = await sharedSetting(view, KEY_SETTING, () => randomBytes(32).toString('base64url'))
  return Buffer.from(value, 'base64url')
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
