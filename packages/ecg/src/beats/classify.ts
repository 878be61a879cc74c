import type { BeatClass } from '@pulsewire/contracts'
import type { QrsShape } from '../qrs/fiducial.ts'
import type { Ring } from '../signal/ring.ts'
import { createFamilies, createMatch, learnBeat, matchFamily, type Families } from './families.ts'
import { createForm, createSnippet, cutSnippet, measureForm } from './snippet.ts'
import { VENTRICULAR_FEATURES, ventricularFeatures, ventricularProbability } from './ventricular-model.ts'

/** The shapes that this patient's beats have had, and their pace. */
export interface BeatMemory {
  families: Families
  /** The last intervals of all beats, a ring. */
  readonly intervalsMs: Float64Array
  intervalCount: number
  /** The last intervals between normal beats, a ring. */
  readonly normalIntervalsMs: Float64Array
  normalCount: number
  lastWasNormal: boolean
}

export interface ClassifiedBeat {
  beatClass: BeatClass
  /** Correlation with the normal beat, -1..1, less where it is much larger or smaller. */
  likeness: number
  /** The same of the slopes: an ST segment that rises changes the beat, and not the steep part of it. */
  slopeLikeness: number
  widthMs: number
  normalWidthMs: number
  /** Place of its family; -1 = none. */
  family: number
}

/** Told of each beat that is judged: what the model of a class was given. Only for fitting. */
export type BeatProbe = (what: 'ventricular-beat', features: Float64Array) => void

const PACE_BEATS = 8
const NORMAL_BEATS = 12
const LEAST_INTERVALS = 3
const SHORTEST_MS = 250
const LONGEST_MS = 2500
/** Against the mean of the last intervals. */
const EARLY = 0.87
/** A size that differs by less than this factor from the normal one is no reason to doubt. */
const SIZE_FREE = 1.2
const VENTRICULAR = 0.5
/** Normal beats come regularly where the spread (80 %) of their intervals is below this part; then one so early is supraventricular. */
const REGULAR = 0.15
const SUPRAVENTRICULAR = 0.85

export function createBeatMemory(): BeatMemory {
  return {
    families: createFamilies(),
    intervalsMs: new Float64Array(PACE_BEATS),
    intervalCount: 0,
    normalIntervalsMs: new Float64Array(NORMAL_BEATS),
    normalCount: 0,
    lastWasNormal: false,
  }
}

const snippet = createSnippet()
const form = createForm()
const match = createMatch()
const features = new Float64Array(VENTRICULAR_FEATURES.length)
const sorted = new Float64Array(NORMAL_BEATS)

function meanInterval({ intervalsMs, intervalCount }: BeatMemory): number {
  const count = Math.min(PACE_BEATS, intervalCount)
  if (count < LEAST_INTERVALS) return NaN
  let sum = 0
  for (let i = 0; i < count; i++) sum += intervalsMs[i] ?? 0
  return sum / count
}

/**
 * Learns a beat's shape and says of which class it is. `rrMs` is NaN where the interval before it is not known. While the atria
 * fibrillate, timing says nothing of where a beat comes from.
 */
export function classifyBeat(
  state: BeatMemory,
  ring: Ring,
  shape: QrsShape,
  rateHz: number,
  rrMs: number,
  isFibrillating: boolean,
  probe?: BeatProbe,
): ClassifiedBeat {
  const widthMs = ((shape.offset - shape.onset) / rateHz) * 1000
  if (!shape.complete)
    return { beatClass: 'Q', likeness: 0, slopeLikeness: 0, widthMs, normalWidthMs: widthMs, family: -1 }
  const { families } = state
  cutSnippet(ring, shape.peak, rateHz, snippet)
  measureForm(snippet, form)
  matchFamily(families, snippet, match)
  const pace = rrMs / meanInterval(state)
  learnBeat(families, snippet, match, { form, widthMs, isEarly: Number.isNaN(pace) ? undefined : pace < EARLY })
  const normal = families.list[families.normal]
  const family = families.list[match.family]
  if (normal === undefined || family === undefined)
    return { beatClass: 'N', likeness: 1, slopeLikeness: 1, widthMs, normalWidthMs: widthMs, family: match.family }
  const own = match.family === families.normal
  ventricularFeatures({ own, snippet, form, match, family, normal, pace }, features)
  probe?.('ventricular-beat', features)
  const fit = own ? match.own : match.toNormal
  const isVentricular = ventricularProbability(features) >= VENTRICULAR
  const beatClass = isVentricular ? 'V' : !isFibrillating && isSupraventricular(state, rrMs) ? 'S' : 'N'
  learnPace(state, rrMs, beatClass === 'N')
  return {
    beatClass,
    likeness: sized(fit.likeness, fit.size / Math.max(1e-9, normal.size)),
    slopeLikeness: fit.slopeLikeness,
    widthMs,
    normalWidthMs: normal.widthMs,
    family: match.family,
  }
}

function learnPace(state: BeatMemory, rrMs: number, isNormal: boolean): void {
  if (rrMs < LONGEST_MS) {
    state.intervalsMs[state.intervalCount % PACE_BEATS] = rrMs
    state.intervalCount += 1
  }
  if (isNormal && state.lastWasNormal && rrMs > SHORTEST_MS && rrMs < LONGEST_MS) {
    state.normalIntervalsMs[state.normalCount % NORMAL_BEATS] = rrMs
    state.normalCount += 1
  }
  state.lastWasNormal = isNormal
}

/** Correlation, less where the beat is larger or smaller than the family's beats. */
function sized(likeness: number, ratio: number): number {
  const excess = Math.max(ratio, 1 / Math.max(1e-9, ratio)) / SIZE_FREE
  return excess <= 1 ? likeness : (likeness * 2 * excess) / (1 + excess * excess)
}

/** Early against normal beats that come regularly; where they do not (atrial fibrillation), timing says nothing. */
function isSupraventricular({ normalIntervalsMs, normalCount }: BeatMemory, rrMs: number): boolean {
  const count = Math.min(NORMAL_BEATS, normalCount)
  if (count < LEAST_INTERVALS) return false
  for (let i = 0; i < count; i++) {
    const value = normalIntervalsMs[i] ?? 0
    let place = i
    while (place > 0 && (sorted[place - 1] ?? 0) > value) {
      sorted[place] = sorted[place - 1] ?? 0
      place -= 1
    }
    sorted[place] = value
  }
  const of = (part: number): number => sorted[Math.floor(part * (count - 1))] ?? 0
  const typicalMs = of(0.5)
  return of(0.9) - of(0.1) < REGULAR * typicalMs && rrMs < SUPRAVENTRICULAR * typicalMs
}
