import { hasMoved, type PostureState } from './posture.ts'
import { newElevation, POSTURE_MV, type StState } from './st-tracker.ts'

/** Movement for so long before a measurement bends what it is averaged from. */
const MOVED_MS = 12_000
/** An average beat looks 12 s back: a level may leave its reference that long after the body turned, or a measurement before. */
const LEVEL_LATER_MS = 15_000
const LEVEL_EARLIER_MS = 5_000

/** Whether a change of the ST level at `onsetMs` may come from a posture change at `atMs`. */
function mayComeOf(atMs: number, onsetMs: number): boolean {
  return atMs > 0 && onsetMs - atMs <= LEVEL_LATER_MS && atMs - onsetMs <= LEVEL_EARLIER_MS
}

/** Kept, as the body may turn again. */
export function rememberPosture(st: StState, postures: Readonly<Record<string, PostureState>>): void {
  for (const { changedAtMs } of Object.values(postures)) {
    for (const departure of [st.departed, st.departedJ]) {
      if (departure !== undefined && mayComeOf(changedAtMs, departure.sinceMs)) st.postureMs = changedAtMs
    }
  }
}

export function cameWithPosture({ postureMs }: StState, onsetMs: number): boolean {
  return postureMs !== undefined && mayComeOf(postureMs, onsetMs)
}

/** The elevation of the J point is new since the body turned, and no more than that can do. */
export function isOfPosture(st: StState): boolean {
  const { departedJ } = st
  return departedJ !== undefined && cameWithPosture(st, departedJ.sinceMs) && newElevation(st) <= POSTURE_MV
}

export function hasMovedAny(postures: Readonly<Record<string, PostureState>>, nowMs: number): boolean {
  return Object.values(postures).some((posture) => hasMoved(posture, nowMs - MOVED_MS, nowMs))
}
