import { errorCodeOf, type RegistryEntity } from '@pulsewire/contracts'
import type { RegistryView } from './view.ts'

const BY = 'system'

/** Writes what is new; false where somebody else was faster. */
export async function createOnce(view: RegistryView, entity: RegistryEntity): Promise<boolean> {
  try {
    await view.change(entity, { expectedVersion: 0, by: BY })
    return true
  } catch (error) {
    if (errorCodeOf(error) !== 'PW_CONFLICT') throw error
    return false
  }
}

/** A secret of the installation that all its processes share: made by whichever asks first. */
export async function sharedSetting(view: RegistryView, id: string, make: () => string): Promise<string> {
  const known = view.state.settings.get(id)?.entity.value
  if (known !== undefined) return known
  const value = make()
  await createOnce(view, { kind: 'setting', id, value })
  return view.state.settings.get(id)?.entity.value ?? value
}

/** The key that signs the links which confirm deliveries, and the keys by which push services know us (JSON). */
export const CONFIRM_KEY_SETTING = 'confirm-key'
export const VAPID_SETTING = 'vapid-keys'
