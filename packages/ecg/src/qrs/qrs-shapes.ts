/**
 * The shapes that the QRS complexes of this lead have had, band-passed: what looks like one of them is hardly noise. Families as in
 * EP Limited 2002, of 25 points 8 ms apart.
 */
export interface QrsShapes {
  /** `FAMILIES` shapes of `POINTS`, each of length 1. */
  readonly shapes: Float64Array
  /** Beats in each, fading; 0 = free. */
  readonly weights: Float64Array
  /** The usual length of its beats before they were normed: how large they are. */
  readonly sizes: Float64Array
}

export const POINTS = 25
export const STEP_MS = 8
/** A complex may lie so many points earlier or later in its snippet. */
export const SHIFTS = 3
export const SNIPPET = POINTS + 2 * SHIFTS
const FAMILIES = 6
const SAME_FAMILY = 0.85
const FADE = 0.99
const FASTEST = 1 / 16
/** A family counts as known from so many beats on. */
const KNOWN = 2.5

export function createQrsShapes(): QrsShapes {
  return {
    shapes: new Float64Array(FAMILIES * POINTS),
    weights: new Float64Array(FAMILIES),
    sizes: new Float64Array(FAMILIES),
  }
}

/** How a snippet compares with the families. */
export interface ShapeMatch {
  family: number
  /** Correlation, -1 to 1; 0 where there is no family. */
  likeness: number
  /** Points by which the snippet is late. */
  shift: number
  /** Length of the snippet. */
  size: number
}

/** The family that `snippet` looks most like; `leastWeight`: of families with so many beats. */
export function matchShape(shapes: QrsShapes, snippet: Float64Array, leastWeight = KNOWN): ShapeMatch {
  const match: ShapeMatch = { family: -1, likeness: 0, shift: 0, size: 0 }
  let best = -2
  for (let shift = -SHIFTS; shift <= SHIFTS; shift++) {
    const from = SHIFTS + shift
    let squares = 1e-12
    for (let i = 0; i < POINTS; i++) {
      const value = snippet[from + i] ?? 0
      squares += value * value
    }
    const size = Math.sqrt(squares)
    if (shift === 0) match.size = size
    for (let family = 0; family < FAMILIES; family++) {
      if ((shapes.weights[family] ?? 0) < leastWeight) continue
      let product = 0
      for (let i = 0; i < POINTS; i++) product += (snippet[from + i] ?? 0) * (shapes.shapes[family * POINTS + i] ?? 0)
      const likeness = product / size
      if (likeness > best) {
        best = likeness
        match.family = family
        match.likeness = likeness
        match.shift = shift
        match.size = size
      }
    }
  }
  return match
}

/** Takes in the snippet of a complex. */
export function learnShape(shapes: QrsShapes, snippet: Float64Array): void {
  const { weights, sizes } = shapes
  const { family, likeness, shift, size } = matchShape(shapes, snippet, 0.5)
  for (let i = 0; i < FAMILIES; i++) weights[i] = (weights[i] ?? 0) * FADE
  if (size < 1e-5) return
  if (family >= 0 && likeness >= SAME_FAMILY) {
    const weight = weights[family] ?? 0
    const rate = Math.max(FASTEST, 1 / (weight + 1))
    blend(shapes, family, snippet, SHIFTS + shift, size, rate)
    sizes[family] = (sizes[family] ?? 0) + rate * (size - (sizes[family] ?? 0))
    weights[family] = weight + 1
    return
  }
  let least = 0
  for (let i = 1; i < FAMILIES; i++) if ((weights[i] ?? 0) < (weights[least] ?? 0)) least = i
  let squares = 0
  for (let i = 0; i < POINTS; i++) squares += (snippet[SHIFTS + i] ?? 0) ** 2
  const own = Math.sqrt(squares)
  if (own < 1e-5) return
  blend(shapes, least, snippet, SHIFTS, own, 1)
  sizes[least] = own
  weights[least] = 1
}

function blend(
  shapes: QrsShapes,
  family: number,
  snippet: Float64Array,
  from: number,
  size: number,
  rate: number,
): void {
  const base = family * POINTS
  let squares = 1e-12
  for (let i = 0; i < POINTS; i++) {
    const old = shapes.shapes[base + i] ?? 0
    const value = old + rate * ((snippet[from + i] ?? 0) / size - old)
    shapes.shapes[base + i] = value
    squares += value * value
  }
  const norm = 1 / Math.sqrt(squares)
  for (let i = 0; i < POINTS; i++) shapes.shapes[base + i] = (shapes.shapes[base + i] ?? 0) * norm
}

/** How large the beats of a family are. */
export function familySize(shapes: QrsShapes, family: number): number {
  return shapes.sizes[family] ?? 0
}
