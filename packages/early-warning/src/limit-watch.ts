/** Alarm limits of one vital; an absent side is not watched. */
export interface Limit {
  readonly low?: number | undefined
  readonly high?: number | undefined
}

export type LimitSide = 'low' | 'high'

export interface LimitWatchOptions {
  /** How long a value must stay outside before it counts, event time, ms. */
  readonly delayMs: number
  /** How far inside the limit a value must be for the violation to end. */
  readonly hysteresis: number
  /** Beyond these a value is grossly outside. */
  readonly gross?: Limit | undefined
  /** How long, and at least twice, it must be so before it counts: one value alone may be an artifact. 0 = at once. */
  readonly grossDelayMs?: number
}

/** Where one vital stands against its limits. Plain data: it can be kept in a snapshot. */
export interface LimitState {
  side?: LimitSide | undefined
  /** Event time of the first value outside. */
  sinceMs?: number | undefined
  /** Outside for as long as the delay: this is a violation. */
  open: boolean
  /** The most extreme value since then. */
  worst?: number | undefined
  /** Event time of the last value. */
  lastMs?: number | undefined
  /** Event time of the first of the values in a row that are grossly outside. */
  grossSinceMs?: number | undefined
  /** It was grossly outside, and not by one value alone: it stays so until the violation ends. */
  gross?: boolean | undefined
}

export type LimitStep =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'opened' | 'ongoing'
      readonly side: LimitSide
      readonly sinceMs: number
      readonly worst: number
      readonly gross: boolean
    }
  | { readonly kind: 'ended'; readonly side: LimitSide; readonly sinceMs: number; readonly atMs: number }

export function createLimitState(): LimitState {
  return { open: false }
}

/**
 * Takes the next value into `state` (changed in place). Values must come in the order of their time. A violation opens once the
 * values have stayed outside for the delay, and ends when a value is inside by the hysteresis.
 */
export function stepLimit(
  state: LimitState,
  sample: { readonly timeMs: number; readonly value: number },
  limit: Limit,
  options: LimitWatchOptions,
): LimitStep[] {
  const steps: LimitStep[] = []
  const outside = sideOf(sample.value, limit, 0)
  const wasOpen = state.open
  state.lastMs = sample.timeMs
  const { side, sinceMs } = state

  if (side !== undefined && sinceMs !== undefined) {
    // An open violation lasts until the value is inside by the hysteresis; a waiting one ends with the first value inside.
    const stays = wasOpen ? sideOf(sample.value, limit, options.hysteresis) === side : outside === side
    if (!stays) {
      if (wasOpen) steps.push({ kind: 'ended', side, sinceMs, atMs: sample.timeMs })
      clear(state)
    }
  }
  if (state.side === undefined && outside !== undefined) {
    state.side = outside
    state.sinceMs = sample.timeMs
    state.worst = sample.value
  }
  if (state.side === undefined || state.sinceMs === undefined) return steps.length > 0 ? steps : [{ kind: 'none' }]

  const worst = worse(state.side, state.worst ?? sample.value, sample.value)
  state.worst = worst
  const opens = !state.open && sample.timeMs - state.sinceMs >= options.delayMs
  if (opens) state.open = true
  watchGross(state, state.side, sample, options)
  const { side: outsideOf, sinceMs: outsideSinceMs, gross = false } = state
  if (state.open) {
    steps.push({ kind: opens ? 'opened' : 'ongoing', side: outsideOf, sinceMs: outsideSinceMs, worst, gross })
  }
  return steps.length > 0 ? steps : [{ kind: 'none' }]
}

function watchGross(
  state: LimitState,
  side: LimitSide,
  { timeMs, value }: { readonly timeMs: number; readonly value: number },
  { gross = {}, grossDelayMs = 0 }: LimitWatchOptions,
): void {
  if (sideOf(value, gross, 0) !== side) {
    state.grossSinceMs = undefined
    return
  }
  const isFirst = state.grossSinceMs === undefined
  state.grossSinceMs ??= timeMs
  if (grossDelayMs === 0 || (!isFirst && timeMs - state.grossSinceMs >= grossDelayMs)) state.gross = true
}

function clear(state: LimitState): void {
  state.grossSinceMs = undefined
  state.gross = undefined
  state.side = undefined
  state.sinceMs = undefined
  state.worst = undefined
  state.open = false
}

function sideOf(value: number, limit: Limit, inside: number): LimitSide | undefined {
  if (limit.low !== undefined && value < limit.low + inside) return 'low'
  if (limit.high !== undefined && value > limit.high - inside) return 'high'
  return undefined
}

function worse(side: LimitSide, a: number, b: number): number {
  return side === 'low' ? Math.min(a, b) : Math.max(a, b)
}
