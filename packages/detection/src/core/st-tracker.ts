import { median } from '@pulsewire/early-warning'
import type { StOutput } from '@pulsewire/ecg'

/** The reference: the patient's own first 30 s in the lead (European ST-T protocol). */
const REFERENCE_MS = 30_000
const REFERENCE_MEASUREMENTS = 3
/** A first measurement this far from the others is no reference (an episode may begin while it is learnt). */
const REFERENCE_SPREAD_MV = 0.075
/** |ΔST| for so long is an episode; it begins and ends where it crosses the lower level. */
export const EPISODE_MV = 0.1
const EPISODE_MS = 30_000
const EPISODE_EDGE_MV = 0.05
/** A condition must be seen gone twice. */
const MEASUREMENTS_TO_END = 2
/** J-point elevation stays "elevated" down to this share of its threshold. */
const ELEVATION_HYSTERESIS = 0.7

/** What is known of the ST segment of one lead. Plain data; levels in mV. */
export interface StState {
  device: string
  signal: string
  lead: string
  uncertain: boolean
  firstMs: number
  lastMs: number
  /** What the reference is learnt from, until it is fixed. */
  learning: { level: number; j: number }[]
  reference?: { level: number; j: number }
  fixed: boolean
  level: number
  j: number
  /** Against the reference. */
  deltaLevel: number
  deltaJ: number
  /** Since when the level (the J point) has been off the reference by the lower level, on the same side. */
  departed?: { sinceMs: number; sign: number } | undefined
  departedJ?: { sinceMs: number; sign: number } | undefined
  /** Since when |ΔST| has been that of an episode. */
  beyondSinceMs?: number | undefined
  episode?: { onsetMs: number; sign: number; extreme: number; back: number } | undefined
  /** Since when the J point has been above its threshold, and new. */
  elevatedSinceMs?: number | undefined
}

export function createStState(device: string, signal: string, lead: string, timeMs: number): StState {
  return {
    device,
    signal,
    lead,
    uncertain: false,
    firstMs: timeMs,
    lastMs: timeMs,
    learning: [],
    fixed: false,
    level: 0,
    j: 0,
    deltaLevel: 0,
    deltaJ: 0,
  }
}

export type StStep = { readonly kind: 'ongoing' } | { readonly kind: 'ended'; readonly endMs: number } | undefined

/** Takes a measurement in; `elevationMv` = the lead's threshold at the J point. */
export function trackSt(
  state: StState,
  output: Pick<StOutput, 'timeMs' | 'levelMv' | 'jMv' | 'uncertain'>,
  elevationMv: number,
): StStep {
  state.lastMs = output.timeMs
  state.uncertain = output.uncertain
  // −aVR looks at the inferior and lateral wall: its elevation is aVR's depression.
  const sign = state.lead === 'aVR' ? -1 : 1
  state.level = sign * output.levelMv
  state.j = sign * output.jMv
  learn(state)
  const { reference } = state
  if (reference === undefined) return undefined

  state.deltaLevel = state.level - reference.level
  state.deltaJ = state.j - reference.j
  state.departed = departure(state.departed, state.deltaLevel, output.timeMs)
  state.departedJ = departure(state.departedJ, state.deltaJ, output.timeMs)
  trackElevation(state, elevationMv, output.timeMs)
  return trackEpisode(state, output.timeMs)
}

/** How much of the J-point elevation is both there and new, mV. */
export function newElevation(state: StState): number {
  return Math.min(state.deltaJ, state.j)
}

/** Whether the level is fit to learn from, or already leaves the reference that the first ones gave. */
function learn(state: StState): void {
  if (state.fixed) return
  const { learning } = state
  const levels = median(learning.map(({ level }) => level))
  const fits =
    learning.length < REFERENCE_MEASUREMENTS ||
    levels === undefined ||
    Math.abs(state.level - levels) <= REFERENCE_SPREAD_MV
  if (fits) learning.push({ level: state.level, j: state.j })
  if (learning.length < REFERENCE_MEASUREMENTS) return
  const level = median(learning.map((entry) => entry.level))
  const j = median(learning.map((entry) => entry.j))
  if (level !== undefined && j !== undefined) state.reference = { level, j }
  if (state.lastMs - state.firstMs >= REFERENCE_MS) {
    state.fixed = true
    state.learning = []
  }
}

function departure(
  before: { sinceMs: number; sign: number } | undefined,
  delta: number,
  timeMs: number,
): { sinceMs: number; sign: number } | undefined {
  if (Math.abs(delta) < EPISODE_EDGE_MV) return undefined
  const sign = Math.sign(delta)
  return before?.sign === sign ? before : { sinceMs: timeMs, sign }
}

function trackElevation(state: StState, thresholdMv: number, timeMs: number): void {
  const elevation = newElevation(state)
  if (elevation >= thresholdMv) state.elevatedSinceMs ??= timeMs
  else if (elevation < thresholdMv * ELEVATION_HYSTERESIS) state.elevatedSinceMs = undefined
}

function trackEpisode(state: StState, timeMs: number): StStep {
  const magnitude = Math.abs(state.deltaLevel)
  const sign = Math.sign(state.deltaLevel)
  const { episode } = state
  if (episode !== undefined) {
    const back = magnitude < EPISODE_EDGE_MV || sign !== episode.sign
    episode.back = back ? episode.back + 1 : 0
    if (Math.abs(state.deltaLevel) > Math.abs(episode.extreme) && !back) episode.extreme = state.deltaLevel
    if (episode.back < MEASUREMENTS_TO_END) return { kind: 'ongoing' }
    state.episode = undefined
    state.beyondSinceMs = undefined
    return { kind: 'ended', endMs: timeMs }
  }
  if (magnitude < EPISODE_MV || state.departed === undefined) {
    state.beyondSinceMs = undefined
    return undefined
  }
  state.beyondSinceMs = Math.max(state.beyondSinceMs ?? timeMs, state.departed.sinceMs)
  if (timeMs - state.beyondSinceMs < EPISODE_MS) return undefined
  state.episode = { onsetMs: state.departed.sinceMs, sign, extreme: state.deltaLevel, back: 0 }
  return { kind: 'ongoing' }
}
