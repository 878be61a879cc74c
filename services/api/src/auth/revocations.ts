import { errorCodeOf, PulsewireError } from '@pulsewire/contracts'
import type { RegistryState, RegistryView } from '@pulsewire/registry'
import { z } from 'zod'

const SETTING = 'revoked-sessions'
const ATTEMPTS = 10

/** Token ids that were signed out, with the ms at which they would have expired anyway. */
const list = z.array(z.tuple([z.string(), z.number()]))

/** Parsed once for each version of the setting. */
const parsed = new WeakMap<object, ReadonlySet<string>>()
const NONE: ReadonlySet<string> = new Set()

export function revokedSessions(state: RegistryState): ReadonlySet<string> {
  const setting = state.settings.get(SETTING)
  if (setting === undefined) return NONE
  let ids = parsed.get(setting)
  if (ids === undefined) {
    ids = new Set(list.parse(JSON.parse(setting.entity.value)).map(([id]) => id))
    parsed.set(setting, ids)
  }
  return ids
}

/** Adds a token id and forgets those that have expired; tries again where another API was faster. */
export async function writeRevocation(
  view: RegistryView,
  id: string,
  expiresAt: number,
  by: string,
  now: number,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const current = view.state.settings.get(SETTING)
    const known = current === undefined ? [] : list.parse(JSON.parse(current.entity.value))
    const value = JSON.stringify([...known.filter(([, expiry]) => expiry > now), [id, expiresAt]])
    try {
      await view.change({ kind: 'setting', id: SETTING, value }, { expectedVersion: current?.version ?? 0, by })
      return
    } catch (error) {
      if (errorCodeOf(error) !== 'PW_CONFLICT' || attempt === ATTEMPTS) {
        throw new PulsewireError(errorCodeOf(error), 'the session could not be ended', { cause: error })
      }
    }
  }
}
