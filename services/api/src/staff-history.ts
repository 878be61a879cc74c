import type { StaffCommand, StaffCommandType } from '@pulsewire/contracts'
import type { TimeRange } from '@pulsewire/vitals-store'
import type { ApiContext } from './context.ts'

/**
 * What staff did to a patient that is about the range: what the store has, then what this API has heard since, in the order of time, of one
 * time in the order of the log.
 */
export async function staffHistory(
  { store, views }: Pick<ApiContext, 'store' | 'views'>,
  patient: string,
  range: TimeRange,
  options: { readonly types?: readonly StaffCommandType[]; readonly limit?: number } = {},
): Promise<{ commands: StaffCommand[]; next?: number }> {
  const { commands: stored, next } = await store.staff({ patient, ...range, ...options })
  const known = new Set(stored.map(({ id }) => id))
  // What lies beyond a page that was cut comes with the next one.
  const heard = views.staff
    .of(patient, { from: range.from, to: next ?? range.to })
    .filter(({ id, type }) => !known.has(id) && (options.types?.includes(type) ?? true))
  return { commands: [...stored, ...heard], ...(next === undefined ? {} : { next }) }
}
