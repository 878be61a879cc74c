import { median } from '@pulsewire/early-warning'
import type { StOutput } from '@pulsewire/ecg'
import type { LeadMeasurement } from './st-criteria.ts'

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
/** Up to this standard error a level is taken as it is; a larger one must be left by so much more, one-sided 95 %. */
const SMALL_ERROR_MV = 0.0125
const ONE_SIDED_95 = 1.65
/** Where onset and end of the complex are not plain, the level may be off by so much more. */
const UNCLEAR_MV = 0.03
/** With an error above, nothing is known of the level. */
const LARGEST_ERROR_MV = 0.15
const FIT_TO_LEARN_MV = 0.04
/**
 * A turn of the body moves the ST segment by so much at the most; what is more is no matter of posture (Adams & Drew 1997 saw 0.1 mV and
 * more in 6 of 40 who lay on their side [S: pubmed 9375904]; the limit is [K]).
 */
export const POSTURE_MV = 0.2
/** R and S together are off those of the reference by this part of them: conduction or position have changed too. */
const OTHER_COMPLEX = 0.3
/** A complex that points the other way, plainly: the electrodes have been reversed. */
const PLAIN_PART = 0.3

/** The complex of a lead: its tallest and its deepest wave, mV. */
export interface Complex {
  r: number
  s: number
}

/** What is known of the ST segment of one lead. Plain data; levels in mV. */
export interface StState {
  device: string
  signal: string
  lead: string
  uncertain: boolean
  firstMs: number
  lastMs: number
  /** What the reference is learnt from, until it is fixed. */
  learning: { level: number; j: number; r: number; s: number }[]
  reference?: { level: number; j: number; r: number; s: number }
  fixed: boolean
  level: number
  j: number
  /** Against the reference. */
  deltaLevel: number
  deltaJ: number
  /** By how much more than a threshold the level must be off: the measurement's own uncertainty. */
  margin: number
  /** The complex is not that of the reference any more. */
  otherComplex: boolean
  /** The last measurement, for the criteria that need no reference; absent = not clear. */
  latest?: LatestMeasurement | undefined
  /** What all shifts of the axis did to the J point. */
  shiftedJ?: number
  /** Since when the complex has pointed the other way (`turned-lead.ts`); it turned back, or that is usual now: absent. */
  turnedMs?: number | undefined
  /** The posture change that the level left its reference with, if it did (`posture.ts`). */
  postureMs?: number | undefined
  /** Since when the level (the J point) has been off the reference by the lower level, on the same side. */
  departed?: { sinceMs: number; sign: number } | undefined
  departedJ?: { sinceMs: number; sign: number } | undefined
  /** Since when |ΔST| has been that of an episode. */
  beyondSinceMs?: number | undefined
  episode?: { onsetMs: number; sign: number; extreme: number; back: number } | undefined
  /** Since when the J point has been above its threshold, and new. */
  elevatedSinceMs?: number | undefined
}

/** As the criteria take it (`LeadMeasurement`); what is not known is absent. */
export type LatestMeasurement = Pick<
  StOutput,
  'jMv' | 'j60Mv' | 'j80Mv' | 'qrsMs' | 'qMv' | 'rMv' | 'sMv' | 'tAmplitudeMv' | 'errorMv'
> & { qtMs?: number; heartRate?: number }

/** Keeps what the criteria without a reference need. */
export function rememberMeasurement(state: StState, output: StOutput): void {
  const { jMv, j60Mv, j80Mv, qrsMs, qMv, rMv, sMv, tAmplitudeMv, errorMv, qtMs, average } = output
  state.latest = undefined
  if (!output.clear || !average.steady || Number.isNaN(errorMv)) return
  state.latest = { jMv, j60Mv, j80Mv, qrsMs, qMv, rMv, sMv, tAmplitudeMv, errorMv }
  if (!Number.isNaN(qtMs)) state.latest.qtMs = qtMs
  if (!Number.isNaN(average.heartRate)) state.latest.heartRate = average.heartRate
}

/** The latest measurement, without what shifts of the axis added to the segment: they explain it away, and never make it. */
export function measurementOf({ lead, latest, shiftedJ = 0 }: StState): LeadMeasurement[] {
  if (latest === undefined) return []
  const shiftMv = lead === 'aVR' ? -shiftedJ : shiftedJ
  const addedMv = latest.jMv * shiftMv > 0 ? Math.sign(shiftMv) * Math.min(Math.abs(shiftMv), Math.abs(latest.jMv)) : 0
  const [jMv, j60Mv, j80Mv] = [latest.jMv - addedMv, latest.j60Mv - addedMv, latest.j80Mv - addedMv]
  return [
    { ...latest, jMv, j60Mv, j80Mv, lead, qtMs: latest.qtMs ?? Number.NaN, heartRate: latest.heartRate ?? Number.NaN },
  ]
}

/** What the tracker takes of a measurement. */
export type StMeasurement = Pick<
  StOutput,
  'timeMs' | 'levelMv' | 'jMv' | 'uncertain' | 'errorMv' | 'clear' | 'axisShift' | 'qMv' | 'rMv' | 'sMv'
>

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
    margin: 0,
    otherComplex: false,
  }
}

export type StStep = { readonly kind: 'ongoing' } | { readonly kind: 'ended'; readonly endMs: number } | undefined

/** Takes a measurement in; `elevationMv` = the lead's threshold at the J point. */
export function trackSt(state: StState, output: StMeasurement, elevationMv: number): StStep {
  if (!(output.errorMv <= LARGEST_ERROR_MV)) return undefined
  const sign = state.lead === 'aVR' ? -1 : 1
  const before = { level: state.level, j: state.j }
  state.lastMs = output.timeMs
  state.uncertain = output.uncertain
  state.margin = ONE_SIDED_95 * Math.max(0, output.errorMv - SMALL_ERROR_MV) + (output.clear ? 0 : UNCLEAR_MV)
  // −aVR looks at the inferior and lateral wall: its elevation is aVR's depression.
  state.level = sign * output.levelMv
  state.j = sign * output.jMv
  const complex = { r: output.rMv, s: Math.min(output.qMv, output.sMv) }
  // Reversed electrodes turn the axis too: they come first, as nothing of the old reference holds then.
  if (isTurned(state, complex)) startAnew(state, output.timeMs)
  else if (output.axisShift) followShift(state, before, complex)
  learn(state, complex, output)
  const { reference } = state
  if (reference === undefined) return state.episode === undefined ? undefined : endEpisode(state, output.timeMs)

  state.otherComplex = changeOf(reference, complex) > OTHER_COMPLEX
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

/** The axis turned from one beat to the next: what the segment did with it belongs to it, up to what posture can do. */
function followShift(state: StState, before: { level: number; j: number }, complex: Complex): void {
  const { reference } = state
  if (reference === undefined) {
    state.learning = []
    return
  }
  const limited = (mv: number): number => Math.min(POSTURE_MV, Math.max(-POSTURE_MV, mv))
  const j = limited(state.j - before.j)
  reference.level += limited(state.level - before.level)
  reference.j += j
  state.shiftedJ = (state.shiftedJ ?? 0) + j
  reference.r = complex.r
  reference.s = complex.s
}

const changeOf = (reference: Complex, { r, s }: Complex): number =>
  (Math.abs(r - reference.r) + Math.abs(s - reference.s)) / Math.max(0.1, reference.r - reference.s)

function isTurned({ reference }: StState, complex: Complex): boolean {
  if (reference === undefined) return false
  const part = ({ r, s }: Complex): number => (r + s) / Math.max(0.1, r - s)
  const [was, is] = [part(reference), part(complex)]
  return was * is < 0 && Math.min(Math.abs(was), Math.abs(is)) > PLAIN_PART
}

/** Nothing of before holds for electrodes that have changed places. */
function startAnew(state: StState, timeMs: number): void {
  delete state.reference
  delete state.shiftedJ
  state.turnedMs = state.turnedMs === undefined ? timeMs : undefined
  state.firstMs = timeMs
  state.fixed = false
  state.learning = []
  state.departed = undefined
  state.departedJ = undefined
  state.beyondSinceMs = undefined
  state.elevatedSinceMs = undefined
  state.deltaLevel = 0
  state.deltaJ = 0
  state.otherComplex = false
}

/** Whether the level is fit to learn from, or already leaves the reference that the first ones gave. */
function learn(state: StState, complex: Complex, { errorMv }: StMeasurement): void {
  if (state.fixed) return
  const { learning } = state
  const levels = median(learning.map(({ level }) => level))
  const fits =
    errorMv <= FIT_TO_LEARN_MV &&
    (learning.length < REFERENCE_MEASUREMENTS ||
      levels === undefined ||
      Math.abs(state.level - levels) <= REFERENCE_SPREAD_MV)
  if (fits) learning.push({ level: state.level, j: state.j, ...complex })
  if (learning.length < REFERENCE_MEASUREMENTS) return
  const of = (key: 'level' | 'j' | 'r' | 's'): number => median(learning.map((entry) => entry[key])) ?? 0
  state.reference = { level: of('level'), j: of('j'), r: of('r'), s: of('s') }
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
  if (elevation >= thresholdMv + state.margin) state.elevatedSinceMs ??= timeMs
  else if (elevation < thresholdMv * ELEVATION_HYSTERESIS) state.elevatedSinceMs = undefined
}

function endEpisode(state: StState, timeMs: number): StStep {
  state.episode = undefined
  state.beyondSinceMs = undefined
  return { kind: 'ended', endMs: timeMs }
}

function trackEpisode(state: StState, timeMs: number): StStep {
  const magnitude = Math.abs(state.deltaLevel)
  const sign = Math.sign(state.deltaLevel)
  const { episode } = state
  if (episode !== undefined) {
    const back = magnitude < EPISODE_EDGE_MV || sign !== episode.sign
    episode.back = back ? episode.back + 1 : 0
    if (Math.abs(state.deltaLevel) > Math.abs(episode.extreme) && !back) episode.extreme = state.deltaLevel
    return episode.back < MEASUREMENTS_TO_END ? { kind: 'ongoing' } : endEpisode(state, timeMs)
  }
  if (magnitude < EPISODE_MV + state.margin || state.departed === undefined) {
    state.beyondSinceMs = undefined
    return undefined
  }
  state.beyondSinceMs = Math.max(state.beyondSinceMs ?? timeMs, state.departed.sinceMs)
  if (timeMs - state.beyondSinceMs < EPISODE_MS) return undefined
  state.episode = { onsetMs: state.departed.sinceMs, sign, extreme: state.deltaLevel, back: 0 }
  return { kind: 'ongoing' }
}
