import { MISSING_SAMPLE, type WaveformSignal } from '@pulsewire/contracts'

/** The wave is taken as means over cells of this length of event time: pulses are slow, and the state stays small. */
const CELL_MS = 20
/** Window of the slope sum, about the length of an upstroke (Zong 2003). */
const SLOPE_WINDOW_MS = 128
/** No two pulses are closer than this (240 /min). */
const REFRACTORY_MS = 250
/** A pulse rises within so long, its foot included. */
const LONGEST_RISE_MS = 450
/** Share of the usual slope sum that opens a pulse: above a dicrotic wave, below the small pulse of a premature beat. */
const OPEN_SHARE = 0.35
/** From this share of the usual slope sum a pulse counts to what is usual; a dicrotic wave does not. */
const FULL_SHARE = 0.6
/** The usual slope sum falls by this factor for each half second, once no full pulse has come for so long. */
const FORGET_AFTER_MS = 1_500
const FORGET_EVERY_MS = 500
const FORGET = 0.8
/** But not below this share of what it was, which itself is forgotten by half in half a minute: what is left of a wave that stopped is noise. */
const LEAST_LEFT = 0.2
const FORGET_PAST = 0.99
const LEARN_MS = 2_000
const LEARN_SHARE = 0.7
/** Weights of a pulse in what is usual. */
const RISE_WEIGHT = 0.3
const FALL_WEIGHT = 0.15
/** So long without a sample parts the wave. */
const GAP_MS = 200
/** A top as flat as that, for so long, is cut off. */
const CUT_OFF_MS = 120
/** A pulse of fewer steps of the converter than this is its flicker. */
const LEAST_STEPS = 6
const KEEP_MS = 45_000

export type PulseSignal = 'ppg' | 'abp'

/** One pulse of a wave. `timeMs`: steepest point of its upstroke. */
export interface Pulse {
  timeMs: number
  /** When it was known to be one. */
  saidMs: number
  /** Foot and top, in the wave's unit. */
  foot: number
  top: number
  /** Mean of the wave since the pulse before. */
  mean: number
  /** The top is cut off (saturated): its height says nothing. */
  cut: boolean
}

/**
 * Pulses of a pressure or photoplethysmographic wave by the sum of its rising slopes over 128 ms, with a threshold that follows the
 * usual sum (after Zong, Heldt, Moody & Mark, Comput Cardiol 2003). Plain data.
 */
export interface PulseWaveState {
  signal: PulseSignal
  device: string
  /** In mm[Hg]: levels mean something. Another unit is a pulse and no pressure. */
  isPressure: boolean
  pulses: Pulse[]
  lastMs: number
  /** The cell that is being filled. */
  cell: number
  sum: number
  count: number
  /** Rising slopes of the window, a ring; and their sum. */
  rises: number[]
  next: number
  slopeSum: number
  /** The last values, a ring as long as an upstroke. */
  values: number[]
  before: number | null
  /** Usual slope sum at the top of a pulse; 0 = not learnt. */
  usual: number
  /** What it was lately at most. */
  past: number
  learnFromMs: number
  steepest: number
  /** When the threshold is next lowered, if no pulse comes. */
  forgetMs: number
  meanSum: number
  meanCount: number
  rising: Rise | null
  flatSinceMs: number
}

interface Rise {
  fromMs: number
  steepMs: number
  steep: number
  slopeSum: number
  foot: number
  top: number
  topMs: number
  cut: boolean
}

export function createPulseWaveState(signal: PulseSignal, device: string): PulseWaveState {
  return {
    signal,
    device,
    isPressure: false,
    pulses: [],
    lastMs: 0,
    cell: -1,
    sum: 0,
    count: 0,
    rises: [],
    next: 0,
    slopeSum: 0,
    values: [],
    before: null,
    usual: 0,
    past: 0,
    learnFromMs: 0,
    steepest: 0,
    forgetMs: 0,
    meanSum: 0,
    meanCount: 0,
    rising: null,
    flatSinceMs: 0,
  }
}

/** Whether a signal's name is that of a pulse wave. */
export function isPulseSignal(name: string): name is PulseSignal {
  return name === 'ppg' || name === 'abp'
}

/** Takes a block in. Cells lie on a fixed grid of event time, so that block sizes do not matter. */
export function followPulseWave(state: PulseWaveState, startMs: number, rateHz: number, signal: WaveformSignal): void {
  const periodMs = 1000 / rateHz
  const cellMs = Math.max(CELL_MS, periodMs)
  const { samples, offset } = signal
  const scale = Math.abs(signal.scale)
  // A wave that is stored upside down is not a pressure that falls.
  const sign = signal.scale < 0 ? -1 : 1
  const leastRise = LEAST_STEPS * scale
  state.isPressure = state.signal === 'abp' && signal.unit === 'mm[Hg]'
  for (let i = 0; i < samples.length; i++) {
    const timeMs = startMs + i * periodMs
    const raw = samples[i] ?? MISSING_SAMPLE
    if (timeMs <= state.lastMs || raw === MISSING_SAMPLE) continue
    if (timeMs - state.lastMs > Math.max(GAP_MS, 2 * periodMs)) part(state, timeMs)
    state.lastMs = timeMs
    const cell = Math.floor((timeMs + 1e-6) / cellMs)
    if (cell !== state.cell) {
      if (state.count > 0) takeCell(state, (state.cell + 1) * cellMs, cellMs, state.sum / state.count, leastRise)
      state.cell = cell
      state.sum = 0
      state.count = 0
    }
    state.sum += sign * (raw - offset) * scale
    state.count += 1
  }
  while ((state.pulses[0]?.timeMs ?? state.lastMs) < state.lastMs - KEEP_MS) state.pulses.shift()
}

/** Nothing reaches across a gap; what is usual stays. */
function part(state: PulseWaveState, timeMs: number): void {
  state.cell = -1
  state.count = 0
  state.rises = []
  state.values = []
  state.next = 0
  state.slopeSum = 0
  state.before = null
  state.rising = null
  state.meanSum = 0
  state.meanCount = 0
  state.flatSinceMs = timeMs
  state.forgetMs = timeMs + FORGET_AFTER_MS
  if (state.usual > 0) return
  state.learnFromMs = timeMs
  state.steepest = 0
}

function takeCell(state: PulseWaveState, nowMs: number, cellMs: number, value: number, leastRise: number): void {
  const slope = state.before === null ? 0 : value - state.before
  state.before = value
  const rise = Math.max(0, slope)
  const window = Math.max(2, Math.round(SLOPE_WINDOW_MS / cellMs))
  const slot = state.next % window
  state.slopeSum += rise - (state.rises[slot] ?? 0)
  state.rises[slot] = rise
  state.values[state.next % (window + 2)] = value
  state.next += 1
  state.meanSum += value
  state.meanCount += 1
  if (Math.abs(slope) > leastRise / 20) state.flatSinceMs = nowMs
  if (state.usual === 0) learn(state, nowMs, leastRise)
  else if (state.rising !== null) rising(state, state.rising, { nowMs, slope, value, leastRise })
  else idle(state, nowMs, slope, value)
}

/** The first seconds only tell how steep pulses are. */
function learn(state: PulseWaveState, nowMs: number, leastRise: number): void {
  state.steepest = Math.max(state.steepest, state.slopeSum)
  if (nowMs - state.learnFromMs < LEARN_MS) return
  state.learnFromMs = nowMs
  if (state.steepest < leastRise) return
  state.usual = LEARN_SHARE * state.steepest
  state.past = state.usual
  state.forgetMs = nowMs + FORGET_AFTER_MS
}

function idle(state: PulseWaveState, nowMs: number, slope: number, value: number): void {
  const lastMs = state.pulses.at(-1)?.timeMs ?? 0
  if (state.slopeSum < OPEN_SHARE * state.usual || slope <= 0 || nowMs - lastMs < REFRACTORY_MS) {
    if (nowMs >= state.forgetMs) {
      state.past *= FORGET_PAST
      state.usual = Math.max(FORGET * state.usual, LEAST_LEFT * state.past)
      state.forgetMs = nowMs + FORGET_EVERY_MS
    }
    return
  }
  let foot = value
  for (const earlier of state.values) if (earlier < foot) foot = earlier
  state.rising = { fromMs: nowMs, steepMs: nowMs, steep: slope, slopeSum: state.slopeSum, foot, top: value, topMs: nowMs, cut: false } // prettier-ignore
}

interface Cell {
  readonly nowMs: number
  readonly slope: number
  readonly value: number
  readonly leastRise: number
}

function rising(state: PulseWaveState, rise: Rise, { nowMs, slope, value, leastRise }: Cell): void {
  if (slope > rise.steep) {
    rise.steep = slope
    rise.steepMs = nowMs
  }
  rise.slopeSum = Math.max(rise.slopeSum, state.slopeSum)
  if (value > rise.top) {
    rise.top = value
    rise.topMs = nowMs
  }
  if (nowMs - state.flatSinceMs >= CUT_OFF_MS && value >= rise.top) rise.cut = true
  const height = rise.top - rise.foot
  const fallen = rise.top - value > 0.15 * height
  if (!fallen && nowMs - rise.fromMs < LONGEST_RISE_MS) return
  state.rising = null
  if (height < leastRise) return
  state.pulses.push({
    timeMs: Math.round(rise.steepMs),
    saidMs: Math.round(nowMs),
    foot: rise.foot,
    top: rise.top,
    mean: state.meanCount === 0 ? value : state.meanSum / state.meanCount,
    cut: rise.cut,
  })
  state.meanSum = 0
  state.meanCount = 0
  if (rise.slopeSum < FULL_SHARE * state.usual) return
  state.forgetMs = nowMs + FORGET_AFTER_MS
  // One artefact must not lift the threshold above the pulses.
  const now = Math.min(rise.slopeSum, 2 * state.usual)
  state.usual += (now > state.usual ? RISE_WEIGHT : FALL_WEIGHT) * (now - state.usual)
  state.past = Math.max(state.past * FORGET_PAST, state.usual)
}
