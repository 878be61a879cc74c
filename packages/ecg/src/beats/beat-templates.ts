import type { BeatClass } from '@pulsewire/contracts'
import type { QrsShape } from '../qrs/fiducial.ts'
import { at, type Ring } from '../signal/ring.ts'

/** A family of beats of one shape. */
export interface Template {
  shape: number[]
  /** Beats in it, fading with time. */
  weight: number
  widthMs: number
  amplitudeMv: number
  /** Root of the summed squares around the mean. */
  size: number
}

/** The shapes that this patient's beats have had, and the pace of the normal ones. */
export interface BeatTemplates {
  templates: Template[]
  normal: number
  normalIntervalsMs: number[]
  lastWasNormal: boolean
  snippet: Float64Array
}

export interface ClassifiedBeat {
  beatClass: BeatClass
  /** Correlation with the normal beat, -1..1. */
  likeness: number
  /** The same of the slopes: an ST segment that rises changes the beat, and not the steep part of it. */
  slopeLikeness: number
  widthMs: number
  normalWidthMs: number
  family: number
}

const FROM_MS = -120
const STEP_MS = 5
const POINTS = 56
const MARGIN = 6
const SAME_SHAPE = 0.9
const MAX_TEMPLATES = 8
const FADE = 0.995
const PACE_BEATS = 12
const REGULAR = 0.15

export const CLASSES = {
  sizeFree: 1.2,
  unlike: 0.9,
  veryUnlike: 0.5,
  alikeSlope: 0.9,
  alikeWide: 0.95,
  premature: 0.87,
  wideMs: 120,
  wider: 1.25,
  supraventricular: 0.85,
}

export function createBeatTemplates(): BeatTemplates {
  return {
    templates: [],
    normal: -1,
    normalIntervalsMs: [],
    lastWasNormal: false,
    snippet: new Float64Array(POINTS + 2 * MARGIN),
  }
}

/** Fills `out` with the samples around a peak, every 5 ms. */
function cut(ring: Ring, peak: number, rateHz: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const ms = FROM_MS + (i - MARGIN) * STEP_MS
    const value = at(ring, Math.round(peak + (ms / 1000) * rateHz))
    out[i] = Number.isNaN(value) ? 0 : value
  }
}

interface Likeness {
  value: number
  shift: number
  /** Of the snippet where it fits best: root of the summed squares around its mean. */
  size: number
}

/** Slopes are taken over so many points to each side. */
const SLOPE_POINTS = 1

/** Best correlation of the slopes of a shape with those of the snippet, over shifts of ±30 ms. */
function slopeLikenessOf(shape: readonly number[], snippet: Float64Array): number {
  let best = -1
  for (let shift = -MARGIN; shift <= MARGIN; shift++) {
    let product = 0
    let squares = 0
    let shapeSquares = 0
    for (let i = SLOPE_POINTS; i < POINTS - SLOPE_POINTS; i++) {
      const at = i + MARGIN + shift
      const slope = (snippet[at + SLOPE_POINTS] ?? 0) - (snippet[at - SLOPE_POINTS] ?? 0)
      const shapeSlope = (shape[i + SLOPE_POINTS] ?? 0) - (shape[i - SLOPE_POINTS] ?? 0)
      product += slope * shapeSlope
      squares += slope * slope
      shapeSquares += shapeSlope * shapeSlope
    }
    best = Math.max(best, product / Math.sqrt(Math.max(1e-12, squares * shapeSquares)))
  }
  return best
}

/** Best correlation of a shape with the snippet, over shifts of ±30 ms. */
function likenessOf(shape: readonly number[], snippet: Float64Array): Likeness {
  const best = { value: -1, shift: 0, size: 0 }
  for (let shift = -MARGIN; shift <= MARGIN; shift++) {
    let sum = 0
    let squares = 0
    let product = 0
    for (let i = 0; i < POINTS; i++) {
      const value = snippet[i + MARGIN + shift] ?? 0
      sum += value
      squares += value * value
      product += value * (shape[i] ?? 0)
    }
    const spread = Math.sqrt(Math.max(1e-12, squares - (sum * sum) / POINTS))
    // The stored shape has mean 0 and length 1.
    if (product / spread > best.value) {
      best.value = product / spread
      best.shift = shift
      best.size = spread
    }
  }
  return best
}

function normalised(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const centred = values.map((value) => value - mean)
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0))
  return centred.map((value) => value / Math.max(1e-9, length))
}

function learnShape(state: BeatTemplates, widthMs: number, amplitudeMv: number): { index: number; likeness: number } {
  let index = -1
  let best: Likeness = { value: -1, shift: 0, size: 0 }
  for (const [i, template] of state.templates.entries()) {
    const likeness = likenessOf(template.shape, state.snippet)
    if (likeness.value > best.value) {
      best = likeness
      index = i
    }
    template.weight *= FADE
  }
  const start = MARGIN + (best.value >= SAME_SHAPE ? best.shift : 0)
  const shape = normalised([...state.snippet.subarray(start, start + POINTS)])
  const size = likenessOf(shape, state.snippet).size
  const template = state.templates[index]
  if (template !== undefined && best.value >= SAME_SHAPE) {
    const rate = Math.max(1 / 16, 1 / (template.weight + 1))
    template.shape = normalised(template.shape.map((value, i) => value + rate * ((shape[i] ?? 0) - value)))
    template.widthMs += rate * (widthMs - template.widthMs)
    template.amplitudeMv += rate * (amplitudeMv - template.amplitudeMv)
    template.size += rate * (best.size - template.size)
    template.weight += 1
    return { index, likeness: best.value }
  }
  if (state.templates.length >= MAX_TEMPLATES) {
    let least = -1
    for (const [i, { weight }] of state.templates.entries())
      if (i !== state.normal && (least < 0 || weight < (state.templates[least]?.weight ?? Infinity))) least = i
    state.templates[least] = { shape, weight: 1, widthMs, amplitudeMv, size }
    return { index: least, likeness: best.value }
  }
  state.templates.push({ shape, weight: 1, widthMs, amplitudeMv, size })
  return { index: state.templates.length - 1, likeness: best.value }
}

/** The family with most beats is the normal one; a wide family must outweigh a narrow one by far. */
function chooseNormal(state: BeatTemplates): void {
  const rank = (template: Template | undefined): number =>
    template === undefined ? 0 : template.weight * (template.widthMs > CLASSES.wideMs ? 0.4 : 1)
  for (const [i, template] of state.templates.entries())
    if (rank(template) > 1.2 * rank(state.templates[state.normal])) state.normal = i
}

/** Learns a beat's shape and says of which class it is. `rrMs` is NaN where the interval before it is not known. */
export function classifyBeat(
  state: BeatTemplates,
  ring: Ring,
  shape: QrsShape,
  rateHz: number,
  rrMs: number,
): ClassifiedBeat {
  const widthMs = ((shape.offset - shape.onset) / rateHz) * 1000
  if (!shape.complete)
    return { beatClass: 'Q', likeness: 0, slopeLikeness: 0, widthMs, normalWidthMs: widthMs, family: -1 }
  cut(ring, shape.peak, rateHz, state.snippet)
  const { index } = learnShape(state, widthMs, shape.amplitudeMv)
  chooseNormal(state)
  const normal = state.templates[state.normal]
  const likeness = normal === undefined ? 1 : sizedLikeness(normal, state.snippet)
  const slopeLikeness =
    normal === undefined || likeness >= CLASSES.unlike ? likeness : slopeLikenessOf(normal.shape, state.snippet)
  const pace = paceOf(state.normalIntervalsMs)
  const beatClass = classOf(
    { likeness, slopeLikeness },
    widthMs,
    normal?.widthMs ?? widthMs,
    rrMs / pace.typicalMs,
    pace.regular,
  )
  if (beatClass === 'N' && state.lastWasNormal && rrMs > 250 && rrMs < 2500) {
    state.normalIntervalsMs.push(rrMs)
    if (state.normalIntervalsMs.length > PACE_BEATS) state.normalIntervalsMs.shift()
  }
  state.lastWasNormal = beatClass === 'N'
  return { beatClass, likeness, slopeLikeness, widthMs, normalWidthMs: normal?.widthMs ?? widthMs, family: index }
}

/** Correlation, less where the beat is larger or smaller than the family's beats. */
function sizedLikeness(template: Template, snippet: Float64Array): number {
  const { value, size } = likenessOf(template.shape, snippet)
  const ratio = size / Math.max(1e-9, template.size)
  const excess = Math.max(ratio, 1 / Math.max(1e-9, ratio)) / CLASSES.sizeFree
  return excess <= 1 ? value : (value * 2 * excess) / (1 + excess * excess)
}

/** The usual interval between normal beats, and whether they come regularly (not so in atrial fibrillation). */
function paceOf(intervalsMs: readonly number[]): { typicalMs: number; regular: boolean } {
  if (intervalsMs.length < 3) return { typicalMs: NaN, regular: false }
  const sorted = intervalsMs.toSorted((a, b) => a - b)
  const of = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0
  const typicalMs = of(0.5)
  return { typicalMs, regular: of(0.9) - of(0.1) < REGULAR * typicalMs }
}

function classOf(
  { likeness, slopeLikeness }: { readonly likeness: number; readonly slopeLikeness: number },
  widthMs: number,
  normalWidthMs: number,
  prematurity: number,
  regular: boolean,
): BeatClass {
  const wide = widthMs > Math.max(CLASSES.wideMs, CLASSES.wider * normalWidthMs)
  const early = prematurity < CLASSES.premature
  const sameComplex = slopeLikeness >= CLASSES.alikeSlope
  if (likeness < CLASSES.unlike && (early || (wide && !sameComplex))) return 'V'
  if (likeness < CLASSES.alikeWide && wide && early) return 'V'
  if (likeness < CLASSES.veryUnlike && !sameComplex) return 'V'
  return regular && prematurity < CLASSES.supraventricular ? 'S' : 'N'
}
