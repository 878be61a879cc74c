import type { Complex, Form, Snippet } from './snippet.ts'
import { BEFORE_POINTS, complexOf, createComplex, MARGIN, POINTS } from './snippet.ts'

/** Beats of one shape, and what is known of when they come. Shapes have mean 0 and length 1. */
export interface Family {
  readonly shape: Float32Array
  readonly slope: Float32Array
  /** Mean of what stands before the complex, mV: the P wave. */
  readonly before: Float32Array
  /** Mean square around it; how many beats made it. */
  beforeSpread: number
  beforeCount: number
  /** Beats in it, fading with time, and all. */
  weight: number
  count: number
  /** Means of its beats. */
  size: number
  widthMs: number
  durationMs: number
  fullnessMs: number
  areaMv: number
  /** 1 − correlation of its beats with it: of the shapes, of the slopes. */
  unlike: number
  slopeUnlike: number
  /** Share of its beats that come early, and of how many that is known. */
  early: number
  timed: number
}

/** The shapes that this patient's beats have had. */
export interface Families {
  list: Family[]
  normal: number
  last: number
}

/** How a beat fits a family. */
export interface Fit {
  /** Correlation of the complexes, and of their slopes, where the slopes fit best. */
  likeness: number
  slopeLikeness: number
  shift: number
  size: number
}

const MOST_FAMILIES = 10
const FADE = 0.985
/** Mean correlation of shapes and slopes of beats of one family; less where its beats differ among themselves. */
const SAME = 0.93
const SAME_LEAST = 0.85
const SURELY_SAME = 0.985
const SIZE_RATIO = 1.8
const SLOWEST = 1 / 16
/** A family that had so many beats once is remembered, with this part of them, while other rhythms go on. */
const REMEMBERED = 40
const REMEMBERED_PART = 0.15
/** More beats than these make no family more normal. */
const ENOUGH = 30
/** What early beats (share), and longer complexes (logarithm), cost a family in being the normal one. */
const EARLY_COST = 4
const USUAL_EARLY = 0.3
const LONG_COST = 3
const BETTER_BY = 1.2
const ESTABLISHED = 30
const LEAST_WEIGHT = 3

export function createFamilies(): Families {
  return { list: [], normal: -1, last: -1 }
}

function createFamily(): Family {
  return {
    shape: new Float32Array(POINTS),
    slope: new Float32Array(POINTS),
    before: new Float32Array(BEFORE_POINTS),
    beforeSpread: 0,
    beforeCount: 0,
    weight: 0,
    count: 0,
    size: 0,
    widthMs: 0,
    durationMs: 0,
    fullnessMs: 0,
    areaMv: 0,
    unlike: 0.02,
    slopeUnlike: 0.05,
    early: 0,
    timed: 0,
  }
}

const COARSE = [0, -3, 3, -6, 6] as const
const complex: Complex = createComplex()
const fits: Fit[] = Array.from({ length: MOST_FAMILIES }, () => ({
  likeness: -1,
  slopeLikeness: -1,
  shift: 0,
  size: 1,
}))

function slopeCorrelation({ slope }: Family, { slopes, slopeSums }: Snippet, shift: number): number {
  const from = MARGIN + shift
  let product = 0
  for (let k = 0; k < POINTS; k++) product += (slopes[from + k] ?? 0) * (slope[k] ?? 0)
  const squares = (slopeSums[from + POINTS] ?? 0) - (slopeSums[from] ?? 0)
  return product / Math.sqrt(Math.max(1e-12, squares))
}

function fitInto(family: Family, snippet: Snippet, fit: Fit): void {
  let best = -1
  let shift = 0
  for (const candidate of COARSE) {
    const value = slopeCorrelation(family, snippet, candidate)
    if (value > best) {
      best = value
      shift = candidate
    }
  }
  const centre = shift
  for (let candidate = Math.max(-MARGIN, centre - 2); candidate <= Math.min(MARGIN, centre + 2); candidate++) {
    if (candidate === centre) continue
    const value = slopeCorrelation(family, snippet, candidate)
    if (value > best) {
      best = value
      shift = candidate
    }
  }
  complexOf(snippet, shift, complex)
  let product = 0
  for (let k = 0; k < POINTS; k++) product += (complex.shape[k] ?? 0) * (family.shape[k] ?? 0)
  fit.slopeLikeness = best
  fit.likeness = product / Math.max(1e-9, complex.size)
  fit.size = complex.size
  fit.shift = shift
}

export interface Match {
  family: number
  /** How it fits that family; 1 for the first beat of a new one. */
  readonly own: Fit
  /** How it fits the normal family as it was before this beat (the own where there was none). */
  readonly toNormal: Fit
  isNew: boolean
}

export function createMatch(): Match {
  const fit = (): Fit => ({ likeness: 1, slopeLikeness: 1, shift: 0, size: 1 })
  return { family: -1, own: fit(), toNormal: fit(), isNew: false }
}

/** Finds the family of a beat, or makes a new one of it. */
export function matchFamily(state: Families, snippet: Snippet, into: Match): void {
  const { list, normal, last } = state
  let best = -1
  let bestValue = -2
  // The normal family first, then that of the beat before: most beats are of one of the two.
  for (let turn = 0; turn < list.length + 2; turn++) {
    const i = turn === 0 ? normal : turn === 1 ? last : turn - 2
    if (i < 0 || (turn === 1 && i === normal) || (turn > 1 && (i === normal || i === last))) continue
    const family = list[i]
    const fit = fits[i]
    if (family === undefined || fit === undefined) continue
    fitInto(family, snippet, fit)
    const ratio = fit.size / Math.max(1e-9, family.size)
    const value = (fit.likeness + fit.slopeLikeness) / 2
    if (value > bestValue && ratio < SIZE_RATIO && ratio > 1 / SIZE_RATIO) {
      bestValue = value
      best = i
      if (value >= SURELY_SAME) break
    }
  }
  const toNormal = fits[normal]
  const family = list[best]
  const fit = fits[best]
  const needed =
    family === undefined ? 2 : Math.max(SAME_LEAST, SAME - Math.max(0, family.unlike + family.slopeUnlike - 0.02))
  into.isNew = family === undefined || fit === undefined || bestValue < needed
  if (!into.isNew && fit !== undefined) Object.assign(into.own, fit)
  else {
    complexOf(snippet, 0, complex)
    Object.assign(into.own, { likeness: 1, slopeLikeness: 1, shift: 0, size: complex.size })
    best = newFamily(state)
  }
  Object.assign(into.toNormal, toNormal ?? into.own)
  into.family = best
  state.last = best
}

const keptWeight = ({ weight, count }: Family): number =>
  Math.max(weight, REMEMBERED_PART * Math.min(REMEMBERED, count))

function newFamily(state: Families): number {
  const { list, normal } = state
  if (list.length < MOST_FAMILIES) return list.push(createFamily()) - 1
  let least = normal === 0 ? 1 : 0
  for (let i = 0; i < list.length; i++) {
    const [family, other] = [list[i], list[least]]
    if (i !== normal && family !== undefined && other !== undefined && keptWeight(family) < keptWeight(other)) least = i
  }
  list[least] = createFamily()
  return least
}

/** What is learned of a beat besides its shape. */
export interface Learned {
  readonly form: Form
  readonly widthMs: number
  /** Whether it came early against the mean of the last intervals; NaN = not known. */
  readonly isEarly: boolean | undefined
}

/** Takes a beat into its family, and says anew which family is the normal one. */
export function learnBeat(state: Families, snippet: Snippet, match: Match, { form, widthMs, isEarly }: Learned): void {
  const { list } = state
  for (const family of list) family.weight *= FADE
  const family = list[match.family]
  if (family === undefined) return
  const { own } = match
  const rate = Math.max(SLOWEST, 1 / (family.count + 1))
  learnShape(family, snippet, own, rate)
  if (!match.isNew) {
    const slow = 1 / Math.min(20, family.count + 1)
    family.unlike += slow * (1 - own.likeness - family.unlike)
    family.slopeUnlike += slow * (1 - own.slopeLikeness - family.slopeUnlike)
  }
  family.size += rate * (own.size - family.size)
  family.widthMs += rate * (widthMs - family.widthMs)
  family.durationMs += rate * (form.durationMs - family.durationMs)
  family.fullnessMs += rate * (form.fullnessMs - family.fullnessMs)
  family.areaMv += rate * (form.areaMv - family.areaMv)
  family.weight += 1
  family.count += 1
  if (isEarly !== undefined) {
    family.early += Math.max(1 / 100, 1 / (family.timed + 1)) * ((isEarly ? 1 : 0) - family.early)
    family.timed += 1
  }
  if (isEarly === false || family.early > 0.6 || family.beforeCount === 0) learnBefore(family, snippet.before)
  chooseNormal(state)
}

function learnShape(family: Family, snippet: Snippet, { shift }: Fit, rate: number): void {
  complexOf(snippet, shift, complex)
  const from = MARGIN + shift
  const { slopes, slopeSums } = snippet
  const slopeSize = Math.sqrt(Math.max(1e-12, (slopeSums[from + POINTS] ?? 0) - (slopeSums[from] ?? 0)))
  const { shape, slope } = family
  let squares = 0
  let slopeSquares = 0
  for (let k = 0; k < POINTS; k++) {
    const value = (shape[k] ?? 0) + rate * ((complex.shape[k] ?? 0) / Math.max(1e-9, complex.size) - (shape[k] ?? 0))
    const steep = (slope[k] ?? 0) + rate * ((slopes[from + k] ?? 0) / slopeSize - (slope[k] ?? 0))
    shape[k] = value
    slope[k] = steep
    squares += value * value
    slopeSquares += steep * steep
  }
  const [length, slopeLength] = [Math.sqrt(Math.max(1e-12, squares)), Math.sqrt(Math.max(1e-12, slopeSquares))]
  for (let k = 0; k < POINTS; k++) {
    shape[k] = (shape[k] ?? 0) / length
    slope[k] = (slope[k] ?? 0) / slopeLength
  }
}

function learnBefore(family: Family, values: Float64Array): void {
  const { before } = family
  family.beforeCount += 1
  const rate = Math.max(1 / 20, 1 / family.beforeCount)
  let spread = 0
  for (let k = 0; k < BEFORE_POINTS; k++) {
    const off = (values[k] ?? 0) - (before[k] ?? 0)
    spread += off * off
    before[k] = (before[k] ?? 0) + rate * off
  }
  if (family.beforeCount === 1) return
  family.beforeSpread += Math.max(1 / 20, 1 / (family.beforeCount - 1)) * (spread - family.beforeSpread)
}

/** Share of early beats, drawn towards what is usual where few beats are known. */
export function earlyShare({ early, timed }: Family): number {
  return (early * timed + USUAL_EARLY) / (timed + 1)
}

/**
 * The normal family: many beats of late, that do not come early and are not longer than those of another one. What once had many beats
 * counts on for a while: a ventricular run, or an escape rhythm, is not the normal rhythm because it goes on.
 */
function chooseNormal(state: Families): void {
  const { list } = state
  let shortestMs = Infinity
  for (const { weight, count, durationMs } of list)
    if ((weight >= LEAST_WEIGHT || count >= ESTABLISHED) && durationMs < shortestMs) shortestMs = durationMs
  const rank = (family: Family | undefined): number => {
    if (family === undefined) return 0
    const longer = Math.max(0, Math.log(family.durationMs / shortestMs))
    const early = Math.max(0, earlyShare(family) - USUAL_EARLY)
    const remembered = REMEMBERED_PART * Math.min(REMEMBERED, family.count)
    return Math.max(remembered, Math.min(ENOUGH, family.weight)) * Math.exp(-EARLY_COST * early - LONG_COST * longer)
  }
  let most = rank(list[state.normal])
  for (let i = 0; i < list.length; i++) {
    if (i === state.normal) continue
    const value = rank(list[i])
    if (value > BETTER_BY * most) {
      state.normal = i
      most = value
    }
  }
}
