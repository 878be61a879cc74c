/** A clock that is further off than this is judged off, ms (system.md, G6). */
export const CLOCK_OFF_MS = 5_000
/** The correction is held until the measured offset moves by more than this, ms. */
export const CLOCK_MOVED_MS = 2_000
/** A clock before the year 2000 was never set. */
export const CLOCK_UNSET_BEFORE_MS = 946_684_800_000

const OBSERVE_MS = 3_000
const OBSERVE_MESSAGES = 5
/** A device that sends rarely is judged by fewer messages. */
const OBSERVE_SLOW_MS = 30_000
const OBSERVE_SLOW_MESSAGES = 2
/** A spool drains faster than life: the device's time advances by more than receipt, beyond this factor and jitter. */
const DRAIN_FACTOR = 1.2
const DRAIN_JITTER_MS = 1_500
/**
 * So far behind, the very first message with a time of transmission is believed; nearer, it may have waited for a broker that was
 * restarted, and what follows is watched.
 */
const SURELY_OFF_MS = 600_000
/** Back to right only when clearly within the tolerance, so that a clock at its edge does not flap. */
const RIGHT_AGAIN_MS = 3_000

/** What one message says about its device's clock. All times in ms since 1970. */
export interface ClockObservation {
  readonly receivedAt: number
  /** Device clock: `sent`, or without it the end of what the message covers (`at`, plus the block's length). */
  readonly stamp: number
  /** True where `stamp` is the time of transmission. */
  readonly transmitted: boolean
  /** Marked by the transport as sent before: its time of transmission is that of the first time. */
  readonly again?: boolean
  /** Counts up within a power-on session; absent = outside the accounting. */
  readonly seq?: number | undefined
}

/** How the offset in force came to be: `none` = the clock is right, or nothing speaks against it yet. */
export type ClockBasis = 'none' | 'measured' | 'inferred'

/** Messages that all came older than expected: a spool, or a clock that was put back? */
interface ClockRun {
  readonly startedAt: number
  readonly firstStamp: number
  readonly lastStamp: number
  readonly minLagMs: number
  readonly messages: number
}

/** What is known of the clock of one power-on session of a device. */
export interface ClockState {
  /** What is added to the device's times. 0 while its clock counts as right. */
  readonly offsetMs: number
  readonly basis: ClockBasis
  /** The offset before the one in force was inferred, for the case that it was a spool after all. */
  readonly beforeMs: number
  readonly maxSeq: number
  readonly lastStamp: number
  readonly run?: ClockRun
}

/**
 * The next state of a device's clock after one message: pure. `lag = receivedAt − stamp` is offset + transit (+ age where `sent` is
 * absent); its minimum is what counts, since transit and age only add to it.
 *  - ahead of us by > 5 s, or never set: off at once (nothing can have been measured in the future);
 *  - behind by > 10 min with `sent`, as the first that we hear: off at once;
 *  - behind otherwise: watched for 5 messages and 3 s (or 2 messages and 30 s). The device's time advancing faster than receipt is a
 *    spool being drained: late, the offset stays. Anything else is a clock that is off: in doubt, ring.
 * Guarantee: `stamp + offsetMs ≤ receivedAt + 5 s`.
 * @param previous the state of this session, or of the device's last one (`adopted`), or nothing
 */
export function observeClock(
  previous: ClockState | undefined,
  seen: ClockObservation,
  adopted?: ClockState,
): ClockState {
  const lag = seen.receivedAt - seen.stamp
  if (previous === undefined) return firstState(seen, lag, adopted)
  const fresh = seen.again !== true && (seen.seq === undefined || seen.seq > previous.maxSeq)
  const state: ClockState = {
    ...previous,
    maxSeq: Math.max(previous.maxSeq, seen.seq ?? -1),
    lastStamp: fresh ? seen.stamp : previous.lastStamp,
  }
  const residual = lag - state.offsetMs

  if (state.offsetMs !== 0 && Math.abs(lag) <= RIGHT_AGAIN_MS && Math.abs(residual) > CLOCK_MOVED_MS)
    return right(state)
  if (residual < -toleranceOf(state)) return movedAhead(state, seen, lag)
  if (residual <= toleranceOf(state)) return withoutRun(state)
  // Old beyond what is expected. A message sent again (seq seen before) says nothing new about the clock.
  if (!fresh) return state
  if (seen.stamp + state.offsetMs < CLOCK_UNSET_BEFORE_MS) return held(state, lag, 'measured')
  if (seen.transmitted && seen.stamp < previous.lastStamp - CLOCK_MOVED_MS) return held(state, lag, 'measured')
  return watched(state, seen, lag)
}

/** True where times must be corrected. */
export function isClockOff(state: ClockState): boolean {
  return state.offsetMs !== 0
}

function toleranceOf(state: ClockState): number {
  return state.offsetMs === 0 ? CLOCK_OFF_MS : CLOCK_MOVED_MS
}

function firstState(seen: ClockObservation, lag: number, adopted: ClockState | undefined): ClockState {
  const blank: ClockState = {
    offsetMs: 0,
    basis: 'none',
    beforeMs: 0,
    maxSeq: seen.seq ?? -1,
    lastStamp: seen.stamp,
  }
  if (Math.abs(lag) <= CLOCK_OFF_MS) return blank
  if (adopted !== undefined && adopted.offsetMs !== 0 && Math.abs(lag - adopted.offsetMs) <= CLOCK_OFF_MS) {
    return held(blank, lag - adopted.offsetMs < 0 ? lag : adopted.offsetMs, adopted.basis)
  }
  const certain = lag < 0 || seen.stamp < CLOCK_UNSET_BEFORE_MS
  if (seen.again === true && !certain) return blank
  return certain || (seen.transmitted && lag > SURELY_OFF_MS) ? held(blank, lag, 'measured') : watched(blank, seen, lag)
}

/** The device's time ran ahead of what the offset in force makes of it. */
function movedAhead(state: ClockState, seen: ClockObservation, lag: number): ClockState {
  if (Math.abs(lag) <= CLOCK_OFF_MS) return right(state)
  // What was taken for a clock put back was the head of a spool: it now drains.
  const wasSpool =
    state.basis === 'inferred' && lag - state.beforeMs > toleranceOf({ ...state, offsetMs: state.beforeMs })
  if (!wasSpool) return held(state, lag, state.basis === 'inferred' ? 'inferred' : 'measured')
  const back = { ...state, offsetMs: state.beforeMs, basis: basisOf(state.beforeMs) } satisfies ClockState
  return watched(withoutRun(back), seen, lag)
}

function basisOf(offsetMs: number): ClockBasis {
  return offsetMs === 0 ? 'none' : 'measured'
}

function watched(state: ClockState, seen: ClockObservation, lag: number): ClockState {
  const begun = state.run
  const begin: ClockRun = {
    startedAt: seen.receivedAt,
    firstStamp: seen.stamp,
    lastStamp: seen.stamp,
    minLagMs: lag,
    messages: 1,
  }
  if (begun === undefined) return { ...state, run: begin }
  const run: ClockRun = {
    ...begun,
    lastStamp: Math.max(begun.lastStamp, seen.stamp),
    minLagMs: Math.min(begun.minLagMs, lag),
    messages: begun.messages + 1,
  }
  const elapsedMs = seen.receivedAt - run.startedAt
  const enough =
    (run.messages >= OBSERVE_MESSAGES && elapsedMs >= OBSERVE_MS) ||
    (run.messages >= OBSERVE_SLOW_MESSAGES && elapsedMs >= OBSERVE_SLOW_MS)
  if (!enough) return { ...state, run }
  const advancedMs = run.lastStamp - run.firstStamp
  if (advancedMs > elapsedMs * DRAIN_FACTOR + DRAIN_JITTER_MS) return { ...state, run: begin }
  return held({ ...state, beforeMs: state.offsetMs }, run.minLagMs, seen.transmitted ? 'measured' : 'inferred')
}

function held(state: ClockState, offsetMs: number, basis: ClockBasis): ClockState {
  if (Math.abs(offsetMs) <= CLOCK_OFF_MS) return right(state)
  return { ...withoutRun(state), offsetMs, basis }
}

function right(state: ClockState): ClockState {
  return { ...withoutRun(state), offsetMs: 0, basis: 'none', beforeMs: 0 }
}

function withoutRun(state: ClockState): ClockState {
  if (state.run === undefined) return state
  const { run: _ended, ...rest } = state
  return rest
}
