import type { ProofRecord, ProofStage } from '@pulsewire/contracts'

/** How far proofs come. Pure: it knows the time only from its callers. */
export interface StageWatch {
  /** The proof that was sent at `sentAt` passed the stage. */
  passed(stage: ProofStage, sentAt: number): void
  /** When the newest proof was sent that passed each stage. */
  readonly newest: ProofRecord['passed']
  /** The first stage on the way that no proof of the last `limitMs` has passed; those behind it cannot be told of. */
  brokenAt(now: number): { readonly stage: ProofStage; readonly since: number } | undefined
}

/**
 * @param stages those that are watched, in the order of the way
 * @param limitMs how old the newest proof of a stage may be
 * @param startedAt until a stage has passed its first proof, its age counts from here
 */
export function createStageWatch(stages: readonly ProofStage[], limitMs: number, startedAt: number): StageWatch {
  const newest: ProofRecord['passed'] = {}
  let countsFrom = startedAt
  return {
    newest,
    passed: (stage, sentAt) => {
      newest[stage] = Math.max(sentAt, newest[stage] ?? 0)
    },
    brokenAt: (now) => {
      // A clock that was set back: ages count from now, not from when the old time is reached again.
      countsFrom = Math.min(countsFrom, now)
      for (const stage of stages) {
        const known = newest[stage]
        if (known !== undefined && known > now) newest[stage] = now
        const since = newest[stage] ?? countsFrom
        if (now - since > limitMs) return { stage, since }
      }
      return undefined
    },
  }
}
