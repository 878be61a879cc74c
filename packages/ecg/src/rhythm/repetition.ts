import { COARSE_HZ, type FibrillationWindow } from './fibrillation-window.ts'

/** How far a window is made of one shape that comes again and again, as QRS complexes do, at whatever intervals. */
export interface Repetition {
  /** Part of the signal's power that copies of the steepest stretch explain, 0 to 1. */
  explained: number
  /** Copies of it in the window, itself among them. */
  copies: number
}

/** Length of the stretch: a complex with its ST segment; longer than a wave of fibrillation. */
const SHAPE = Math.round(0.4 * COARSE_HZ)
/** Copies are at least so far apart. */
const APART = Math.round(0.25 * COARSE_HZ)
/** Least correlation of a copy. */
const ALIKE = 0.5

/** Where the slope has the most energy over the length of a shape, with its start in `[from, to]`. */
function steepestStretch(coarse: Float64Array, from: number, to: number): number {
  let energy = 0
  for (let i = from; i < from + SHAPE; i++) energy += square((coarse[i] ?? 0) - (coarse[i - 1] ?? coarse[i] ?? 0))
  let most = energy
  let best = from
  for (let i = from + 1; i <= to; i++) {
    energy += square((coarse[i + SHAPE - 1] ?? 0) - (coarse[i + SHAPE - 2] ?? 0))
    energy -= square((coarse[i - 1] ?? 0) - (coarse[i - 2] ?? coarse[i - 1] ?? 0))
    if (energy > most) {
      most = energy
      best = i
    }
  }
  return best
}

function square(value: number): number {
  return value * value
}

/** Copies of the stretch at `start` over the whole window, the likest first, none over another. */
function copiesOf({ coarse, match }: FibrillationWindow, start: number, power: number): Repetition {
  let mean = 0
  for (let j = 0; j < SHAPE; j++) mean += coarse[start + j] ?? 0
  mean /= SHAPE
  let own = 0
  for (let j = 0; j < SHAPE; j++) own += square((coarse[start + j] ?? 0) - mean)
  const last = coarse.length - SHAPE
  let sum = 0
  let squares = 0
  for (let j = 0; j < SHAPE; j++) {
    sum += coarse[j] ?? 0
    squares += square(coarse[j] ?? 0)
  }
  for (let i = 0; i <= last; i++) {
    if (i > 0) {
      const [gone, come] = [coarse[i - 1] ?? 0, coarse[i + SHAPE - 1] ?? 0]
      sum += come - gone
      squares += come * come - gone * gone
    }
    let product = 0
    for (let j = 0; j < SHAPE; j++) product += ((coarse[start + j] ?? 0) - mean) * (coarse[i + j] ?? 0)
    match[i] = product / Math.sqrt(Math.max(1e-12, own * (squares - (sum * sum) / SHAPE)))
  }
  let copies = 0
  let explained = 0
  for (;;) {
    let best = -1
    let likest = ALIKE
    for (let i = 0; i <= last; i++) {
      const likeness = match[i] ?? 0
      if (likeness > likest) {
        likest = likeness
        best = i
      }
    }
    if (best < 0) break
    let energy = 0
    let level = 0
    for (let j = 0; j < SHAPE; j++) level += coarse[best + j] ?? 0
    level /= SHAPE
    for (let j = 0; j < SHAPE; j++) energy += square((coarse[best + j] ?? 0) - level)
    explained += likest * likest * energy
    copies += 1
    for (let i = Math.max(0, best - APART); i <= Math.min(last, best + APART); i++) match[i] = -1
  }
  return { explained: Math.min(1, explained / power), copies }
}

/** Looks for copies of the steepest stretch of either half of the window; what explains more counts. */
export function repetitionOf(window: FibrillationWindow): Repetition {
  const { coarse } = window
  let power = 0
  for (let i = 0; i < coarse.length; i++) power += square(coarse[i] ?? 0)
  const middle = coarse.length >> 1
  const first = copiesOf(window, steepestStretch(coarse, 0, middle - SHAPE), power)
  const second = copiesOf(window, steepestStretch(coarse, middle, coarse.length - SHAPE), power)
  return second.explained > first.explained ? second : first
}
