import type { Beat } from '../beats/beat.ts'
import type { EcgOutput } from '../types.ts'
import { hold, isOpen, pin, release, unpin, type EpisodeBook } from './episodes.ts'
import { fibrillationProbability } from './fibrillation-model.ts'
import type { FibrillationFeatures } from './fibrillation.ts'

/** How long the signal has looked like ventricular fibrillation, or not. */
export interface FibrillationState {
  /** Looks in a row that say so, and how many of the last of them are regular and slow enough for a tachycardia. */
  likely: number
  regular: number
  unlikely: number
  /** Looks since the waves were last those of no QRS complexes. */
  since: number
  firstMs: number
  probability: number
  /** The last beats: a heart that repeats itself does not fibrillate. */
  timesMs: number[]
  families: number[]
  likenesses: number[]
  widthsMs: number[]
}

export const WINDOW_SECONDS = 4
const ONSET_PROBABILITY = 0.7
const END_PROBABILITY = 0.4
/** Looks in a row (one a second). */
const ONSET_LOOKS = 3
const END_LOOKS = 5
/** On a second that is full of noise more is asked. */
const NOISY_ONSET_PROBABILITY = 0.85
const MIN_AMPLITUDE_MV = 0.2
/** Less than this between 2 and 15 Hz is no fibrillation that could be told from a standstill. */
const MIN_WAVE_MV = 0.1
/** Five beats of one shape, at less than 180 /min. */
const MEMORY = 5
const ORGANISED_INTERVAL_MS = 333
const ORGANISED_UNEVEN = 1.25
const ORGANISED_PROBABILITY = 0.3
/** A beat is said so long after its peak. */
const LATE_MS = 700
/** Beats that are the patient's own, narrow, and stand out of a quiet line: their window need not be looked at. */
const PLAIN_BEATS = 3
const PLAIN_LIKENESS = 0.9
const PLAIN_WIDTH_MS = 130
const PLAIN_CLARITY = 0.5
/** So many of the patient's own beats in the window, and it does not fibrillate, whatever lies between them. */
const OWN_BEATS = 3
const OWN_LIKENESS = 0.95
const OWN_INTERVAL_MS = 400
/** What ends a fibrillation that was said must be surer: its waves may have become a shape on file. */
const OWN_LIKENESS_TO_END = 0.98
/** So many beats, standing out so far. */
const STEEP_BEATS = 4
const STEEP_CLARITY = 0.85
const PLAIN_LONGER = 1.5
/** Regular and not faster than 180 /min: a tachycardia with complexes, and no flutter. */
const TACHYCARDIA_REGULARITY = 0.9
const TACHYCARDIA_PERIOD_MS = 333
/** A ventricular tachycardia goes on while the waves are so likely those of no QRS complexes. */
const GOES_ON_PROBABILITY = 0.5
const GOES_ON_LOOKS = 3
/** A window that still says so ends so long after what it says. */
const SEEN_BEFORE_MS = 3000

export function createFibrillationState(): FibrillationState {
  return {
    likely: 0,
    regular: 0,
    unlikely: 0,
    since: Infinity,
    firstMs: NaN,
    probability: 0,
    timesMs: [],
    families: [],
    likenesses: [],
    widthsMs: [],
  }
}

function remember(list: number[], value: number): void {
  list.push(value)
  if (list.length > MEMORY) list.shift()
}

export function fibrillationOnBeat(state: FibrillationState, beat: Beat): void {
  remember(state.timesMs, beat.timeMs)
  remember(state.families, beat.family)
  remember(state.likenesses, beat.likeness)
  // A beat that is like the normal one is as wide; its own width is one measurement in noise.
  remember(state.widthsMs, beat.normalWidthMs)
}

/**
 * Whether the last seconds are plainly beats of the patient's own: then nothing else is asked, and nothing computed.
 * `clarity`: how far complexes stand out of what lies between them.
 */
export function isPlainRhythm(state: FibrillationState, book: EpisodeBook, clarity: number, nowMs: number): boolean {
  if (state.likely > 0 || clarity < PLAIN_CLARITY) return false
  if (isOpen(book, 'ventricular-fibrillation') || isOpen(book, 'ventricular-tachycardia')) return false
  const { timesMs, likenesses, widthsMs } = state
  const fromMs = nowMs - WINDOW_SECONDS * 1000 - LATE_MS
  let beats = 0
  let longestMs = 0
  for (let i = timesMs.length - 1; i >= 0; i--) {
    const timeMs = timesMs[i] ?? 0
    if (timeMs < fromMs) break
    if ((likenesses[i] ?? 0) < PLAIN_LIKENESS || (widthsMs[i] ?? Infinity) > PLAIN_WIDTH_MS) return false
    const intervalMs = timeMs - (timesMs[i - 1] ?? timeMs - 1000)
    if (intervalMs < ORGANISED_INTERVAL_MS) return false
    longestMs = Math.max(longestMs, intervalMs)
    beats += 1
  }
  const sinceMs = nowMs - (timesMs.at(-1) ?? -Infinity)
  return beats >= PLAIN_BEATS && sinceMs < PLAIN_LONGER * longestMs + LATE_MS
}

/** Beats that are the patient's own, below 150 /min, and stand out of what lies between them. */
function hasOwnBeats(
  { timesMs, likenesses }: FibrillationState,
  clarity: number,
  said: boolean,
  nowMs: number,
): boolean {
  const fromMs = nowMs - WINDOW_SECONDS * 1000 - LATE_MS
  const least = said ? OWN_LIKENESS_TO_END : OWN_LIKENESS
  let own = 0
  for (let i = 1; i < timesMs.length; i++) {
    const timeMs = timesMs[i] ?? 0
    const isSlow = timeMs - (timesMs[i - 1] ?? 0) >= OWN_INTERVAL_MS
    if (timeMs >= fromMs && isSlow && (likenesses[i] ?? 0) >= least) own += 1
  }
  return own >= OWN_BEATS && clarity >= PLAIN_CLARITY
}

/** Five beats of one shape, evenly spaced, at less than 180 /min. */
function isOneShape({ timesMs, families }: FibrillationState, nowMs: number): boolean {
  const [first] = families
  if (first === undefined || first < 0 || families.some((family) => family !== first)) return false
  return isEven(timesMs, MEMORY, ORGANISED_INTERVAL_MS, nowMs)
}

/** Beats that stand far out of all between them, evenly spaced, below 150 /min: what is around them is movement, however tall (running, a toothbrush). */
function standOut({ timesMs }: FibrillationState, clarity: number, nowMs: number): boolean {
  return clarity >= STEEP_CLARITY && isEven(timesMs.slice(-STEEP_BEATS), STEEP_BEATS, OWN_INTERVAL_MS, nowMs)
}

/** So many beats of the last seconds, their intervals longer than that, and all nearly the same. */
function isEven(timesMs: readonly number[], beats: number, intervalMs: number, nowMs: number): boolean {
  if (timesMs.length < beats || !((timesMs[0] ?? NaN) >= nowMs - (WINDOW_SECONDS + 1) * 1000)) return false
  let shortest = Infinity
  let longest = 0
  for (let i = 1; i < timesMs.length; i++) {
    const interval = (timesMs[i] ?? 0) - (timesMs[i - 1] ?? 0)
    shortest = Math.min(shortest, interval)
    longest = Math.max(longest, interval)
  }
  return shortest > intervalMs && longest < ORGANISED_UNEVEN * shortest
}

/** What is known of the second besides its waves. */
export interface Surroundings {
  readonly nowMs: number
  readonly noisy: boolean
  /** How far complexes stand out of what lies between them. */
  readonly clarity: number
}

/** Once a second; `features` is undefined where the signal cannot be judged, or need not be. */
export function fibrillationOnSecond(
  state: FibrillationState,
  book: EpisodeBook,
  features: FibrillationFeatures | undefined,
  { nowMs, noisy, clarity }: Surroundings,
  out: EcgOutput[],
): void {
  const isTall = features !== undefined && features.amplitudeMv >= MIN_AMPLITUDE_MV && features.waveMv >= MIN_WAVE_MV
  const seen = isTall ? fibrillationProbability(features) : 0
  const isSaid = isOpen(book, 'ventricular-fibrillation')
  const organised =
    isOneShape(state, nowMs) || hasOwnBeats(state, clarity, isSaid, nowMs) || standOut(state, clarity, nowMs)
  const probability = organised ? Math.min(seen, ORGANISED_PROBABILITY) : seen
  state.probability = probability
  state.since = seen >= GOES_ON_PROBABILITY ? 0 : state.since + 1
  const goesOn = state.since < GOES_ON_LOOKS && isOpen(book, 'ventricular-tachycardia')
  if (goesOn) pin(book, 'ventricular-tachycardia')
  else unpin(book, 'ventricular-tachycardia', nowMs - state.since * 1000 - SEEN_BEFORE_MS, nowMs, out)
  if (probability >= (noisy ? NOISY_ONSET_PROBABILITY : ONSET_PROBABILITY)) {
    if (state.likely === 0) state.firstMs = nowMs - WINDOW_SECONDS * 1000
    state.likely += 1
    state.regular = features !== undefined && isTachycardia(features) ? state.regular + 1 : 0
    state.unlikely = 0
  } else {
    state.likely = 0
    state.regular = 0
    state.unlikely = probability < END_PROBABILITY ? state.unlikely + 1 : 0
  }
  const type = 'ventricular-fibrillation'
  if (state.likely >= ONSET_LOOKS && features !== undefined) {
    const isFibrillation = state.regular < ONSET_LOOKS || isOpen(book, type)
    const statement = { timeMs: nowMs, confidence: Math.min(0.95, probability), evidence: said(features) }
    hold(book, isFibrillation ? type : 'ventricular-tachycardia', state.firstMs, statement, out)
  } else if (isOpen(book, type) && state.unlikely >= END_LOOKS)
    release(book, type, nowMs - END_LOOKS * 1000, nowMs, out)
}

function isTachycardia({ regularity, periodMs }: FibrillationFeatures): boolean {
  return regularity >= TACHYCARDIA_REGULARITY && periodMs >= TACHYCARDIA_PERIOD_MS
}

function said(features: FibrillationFeatures): Record<string, number> {
  const rounded = (value: number): number => Math.round(1000 * value) / 1000
  return {
    frequencyHz: rounded(features.frequencyHz),
    amplitudeMv: rounded(features.amplitudeMv),
    regularity: rounded(features.regularity),
    evenness: rounded(features.evenness),
  }
}
