import { PulsewireError } from '@pulsewire/contracts'
import type { DamagedRange } from '../port.ts'

/** Checks a limit; `fallback` where there is none. */
export function limitOf(limit: number | undefined, fallback: number): number {
  if (limit === undefined) return fallback
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new PulsewireError('PW_REQUEST_INVALID', 'limit is not a positive integer')
  }
  return limit
}

/** An answer's optional fields: `next` and `damaged` only where there is something to say. */
export function extras(
  next: number | undefined,
  damaged: readonly DamagedRange[],
): { next?: number; damaged?: readonly DamagedRange[] } {
  return { ...(next === undefined ? {} : { next }), ...(damaged.length === 0 ? {} : { damaged }) }
}
