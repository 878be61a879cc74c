import { MISSING_SAMPLE, type WaveformSignal } from '@pulsewire/contracts'

/** Samples are averaged over so long: a step of walking, or less. */
const CELL_MS = 200
/** Weight of a cell in the direction of gravity (about 2 s), and in the steady posture that it is held against (about 20 s). */
const GRAVITY_WEIGHT = 0.1
const POSTURE_WEIGHT = 0.01
/** Movement: spread of the acceleration around gravity, as a share of gravity, over about 2 s. */
const MOVING_SHARE = 0.08
const MOVEMENT_WEIGHT = 0.1
/** The body has another posture once gravity has turned by so much, and stayed so for a while. */
const TURNED_DEGREES = 30
const SETTLED_MS = 3_000
/** Blocks of the axes of one moment belong together. */
const GAP_MS = 2_000
const KEEP_SECONDS = 30
const AXES = ['accel.x', 'accel.y', 'accel.z'] as const

/**
 * Movement and posture from a device's accelerometer: gravity is what lasts of it. A posture change turns the heart in the chest, and with
 * it the electrical axis: an ST level that steps with it is no ischaemia (Adams & Drew 1997 [S: pubmed 9375904]). Works in any unit. Plain data.
 */
export interface PostureState {
  lastMs: number
  gravity: number[]
  posture: number[]
  /** Spread of the acceleration, as a share of gravity. */
  movement: number
  /** Seconds (epoch) in which the body moved, of the last half minute. */
  moved: number[]
  /** When its posture last changed; 0 = never. */
  changedAtMs: number
  /** Since when gravity points elsewhere than in the steady posture. */
  turnedSinceMs: number
}

export function createPostureState(): PostureState {
  return { lastMs: 0, gravity: [], posture: [], movement: 0, moved: [], changedAtMs: 0, turnedSinceMs: 0 }
}

/** Takes in a block's accelerometer signals, if all three axes are there. Cells lie on a grid of event time: block sizes do not matter. */
export function followPosture(
  state: PostureState,
  startMs: number,
  rateHz: number,
  signals: readonly WaveformSignal[],
): void {
  const axes = AXES.flatMap((name) => signals.find((signal) => signal.name === name) ?? [])
  const first = axes[0]
  if (first === undefined || axes.length < AXES.length) return
  if (startMs - state.lastMs > GAP_MS) {
    state.gravity = []
    state.turnedSinceMs = 0
  }
  const periodMs = 1000 / rateHz
  for (let i = 0; i < first.samples.length; i++) {
    const timeMs = startMs + i * periodMs
    if (timeMs <= state.lastMs || !isOnGrid(timeMs, periodMs)) continue
    const point = axes.map(({ samples, offset, scale }) => {
      const raw = samples[i] ?? MISSING_SAMPLE
      return raw === MISSING_SAMPLE ? Number.NaN : (raw - offset) * scale
    })
    state.lastMs = timeMs
    if (!point.some(Number.isNaN)) takePoint(state, timeMs, point)
  }
}

function isOnGrid(timeMs: number, periodMs: number): boolean {
  return Math.floor((timeMs + 1e-6) / CELL_MS) !== Math.floor((timeMs - periodMs + 1e-6) / CELL_MS)
}

function takePoint(state: PostureState, timeMs: number, point: readonly number[]): void {
  if (state.gravity.length === 0) state.gravity = [...point]
  if (state.posture.length === 0) state.posture = [...point]
  const off = distance(point, state.gravity) / Math.max(1e-9, lengthOf(state.gravity))
  state.movement += MOVEMENT_WEIGHT * (Math.min(off, 1) - state.movement)
  if (state.movement > MOVING_SHARE) remember(state, Math.floor(timeMs / 1000))
  state.gravity = toward(state.gravity, point, GRAVITY_WEIGHT)
  if (degreesBetween(state.gravity, state.posture) < TURNED_DEGREES) {
    state.turnedSinceMs = 0
    state.posture = toward(state.posture, state.gravity, POSTURE_WEIGHT)
    return
  }
  if (state.turnedSinceMs === 0) state.turnedSinceMs = timeMs
  if (timeMs - state.turnedSinceMs < SETTLED_MS) return
  state.changedAtMs = state.turnedSinceMs
  state.posture = [...state.gravity]
  state.turnedSinceMs = 0
}

function remember({ moved }: PostureState, second: number): void {
  if (moved.at(-1) !== second) moved.push(second)
  while ((moved[0] ?? second) < second - KEEP_SECONDS) moved.shift()
}

function toward(from: readonly number[], to: readonly number[], weight: number): number[] {
  return from.map((value, i) => value + weight * ((to[i] ?? value) - value))
}

function lengthOf(vector: readonly number[]): number {
  return Math.hypot(...vector)
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)))
}

function degreesBetween(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
  const cosine = product / Math.max(1e-12, lengthOf(a) * lengthOf(b))
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI
}

/** Whether the wearer moved in the second that ended at `endMs`. */
export function movedIn({ moved }: PostureState, endMs: number): boolean {
  return moved.includes(Math.floor((endMs - 1) / 1000))
}

/** Whether the wearer moved between two times. */
export function hasMoved(state: PostureState | undefined, fromMs: number, toMs: number): boolean {
  return state?.moved.some((second) => second * 1000 >= fromMs - 1_000 && second * 1000 <= toMs) === true
}
