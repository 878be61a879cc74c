/** A screen that shows an alarm of high priority says so within it; else the chain goes on at once. */
export const SCREEN_WITHIN_MS = 10_000
/** How long a step of the chain that has no channel (the screens alone) waits for somebody. */
export const SCREENS_ALONE_MS = 60_000
/** A message that a receiver does not take is tried again so long, and then given up. */
export const GIVE_UP_AFTER_MS = 15 * 60_000
/** A message that tries a channel. */
export const TEST_WITHIN_MS = 15_000
/** How long the confirmation of a test is waited for. */
export const TEST_KEPT_MS = 3_600_000
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000
/** Clocks are trimmed by less than this; by more they are set. */
const CLOCK_TRIM_MS = 1_000
/** An alarm event that is older when it is read, and that no channel wants, is history: nobody is called. */
export const STALE_AFTER_MS = 60_000
/** Evidence beyond it stays with the alarm: a patient's state has to fit into a record of the log. */
export const MOST_EVIDENCE_BYTES = 4_096
/** So many earlier messages are referred to. */
export const MOST_EARLIER = 10

/** How long to wait before the next attempt: doubling from a second to a minute, spread by an eighth so that many do not come at once. */
export function retryDelayMs(attempts: number, id: string): number {
  const delay = Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, attempts - 1), LONGEST_RETRY_MS)
  return delay - Math.floor((delay / 8) * spread(`${id}/${attempts}`))
}

/** 0 ≤ x < 1, the same for the same text (FNV-1a). */
function spread(text: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619)
  return (hash >>> 0) / 2 ** 32
}

/**
 * Whether a time has come that was set at most `spanMs` ahead. One that is further ahead than that was set by a clock that was put back since:
 * it has come too, as nobody knows how long it would take.
 */
export function hasCome(dueAt: number, at: number, spanMs: number): boolean {
  return dueAt <= at || dueAt > at + spanMs + CLOCK_TRIM_MS
}
