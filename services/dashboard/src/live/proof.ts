import type { WardState } from './state.ts'

/** A proof may be so old before the screen says that it cannot trust what it shows; with a slower pace, twice that. */
const OLD_AFTER_MS = 20_000

export interface ProofAge {
  /** Since the newest proof was sent that came to this screen; absent where none has come yet. */
  readonly ageMs?: number
  /** No proof came for too long: what the screen shows may not be now. */
  readonly isOld: boolean
}

/**
 * How old the last proof is that came all the way from a device to this screen: by its own receipt, so that it also tells where the part of the
 * system that watches proofs is the broken one. `undefined` where the way is not proven.
 */
export function proofAge(state: Pick<WardState, 'system' | 'proof'>, serverNowMs: number): ProofAge | undefined {
  const { proofEveryMs } = state.system
  const { sentAt, watchedFrom } = state.proof
  if (proofEveryMs === undefined || watchedFrom === undefined) return undefined
  const limitMs = Math.max(OLD_AFTER_MS, 2 * proofEveryMs)
  const isOld = serverNowMs - Math.max(sentAt ?? 0, watchedFrom) > limitMs
  return { ...(sentAt === undefined ? {} : { ageMs: Math.max(0, serverNowMs - sentAt) }), isOld }
}
