import { atrialOnBeat } from './rhythm/atrial-fibrillation.ts'
import { avBlockOnBeat } from './rhythm/av-block.ts'
import { BEFORE_POINTS, readBefore } from './rhythm/before-beat.ts'
import { createSegmentState } from './analyzer-state.ts'
import { classifyBeat, type BeatProbe } from './beats/classify.ts'
import type { Beat } from './beats/beat.ts'
import { isOpen, releaseAll } from './rhythm/episodes.ts'
import {
  fibrillationOnBeat,
  fibrillationOnSecond,
  isPlainRhythm,
  WINDOW_SECONDS,
} from './rhythm/fibrillation-rhythm.ts'
import { createFibrillationWindow } from './rhythm/fibrillation-window.ts'
import { fibrillationFeatures } from './rhythm/fibrillation.ts'
import { holesHideBeat } from './rhythm/holes.ts'
import { shapeOf } from './qrs/fiducial.ts'
import {
  activityOf,
  clarityOf,
  createQrsFindings,
  detectQrs,
  oldestOpenQuestion,
  type Candidate,
} from './qrs/qrs-detector.ts'
import { breakRate, heartRateOf, rateOnBeat, rateOnSecond, usualMsOf } from './rhythm/rate-rhythms.ts'
import { respirationOnBeat, respirationOnSecond } from './respiration/respiration.ts'
import { put } from './signal/ring.ts'
import { closeSecond, observeSample } from './signal/signal-quality.ts'
import { breakSt, stOnBeat, stOnSecond } from './st/st-segment.ts'
import { breakSilence, seenSilenceMs, silenceOnBeat, silenceOnMissing, watchSilence } from './rhythm/silence.ts'
import { asPlainState, plainState, restoreInto } from './state-codec.ts'
import type { EcgAnalyzer, EcgAnalyzerOptions, EcgOutput, EcgSnapshot, PlainState } from './types.ts'
import { breakEctopy, ectopyOnBeat } from './rhythm/ectopy.ts'
import { pacedOnBeat, pacingPulse } from './beats/pacing.ts'
import { breakVentricular, ventricularOnBeat, ventricularOnSecond } from './rhythm/ventricular.ts'

/** Changes whenever the state or its meaning does. */
const SNAPSHOT_VERSION = 16
const MIN_RATE_HZ = 80
const MAX_RATE_HZ = 2000
/** A clock that is off by so much is set right without a word; more is a gap. */
const CLOCK_STEP_MS = 50
/** A gap up to here is filled with missing samples; after a longer one everything is learned anew. */
const LONGEST_FILL_MS = 5000
/** So much missing in one piece may hide a beat; more than the longest parts the beats on both sides in any case. */
const HOLE_MS = 120
const LONGEST_HOLE_MS = 240
const MISSING_END_MS = 3000
const QUALITY_SECONDS = 4
/** A lead that could not be read for so long was off. */
const COMES_BACK_SECONDS = 3
/** Where complexes stand out so far of what lies between them, the rate is good enough. */
const CLEAR = 0.7
const CLEAR_QUALITY = 0.5
/** In so long an interval a beat may have gone unseen where the amplifier was blocked. */
const LONG_INTERVAL_MS = 1500
const ACTIVITY_SECONDS = 3
/** A beat is said at most so long after its peak, unless it is searched for afterwards. */
const DECISION_MS = 700

/** Worked in within a call, by one analyser at a time: thousands of them share it. */
const window = createFibrillationWindow(WINDOW_SECONDS)
const steadied = new Float64Array(1)

/** Whether `createEcgAnalyzer` can go on from a snapshot: the same version, rate and lead. */
export function snapshotFits(snapshot: EcgSnapshot, options: EcgAnalyzerOptions): boolean {
  const { version, state } = snapshot
  return version === SNAPSHOT_VERSION && state.rateHz === options.rateHz && state.lead === options.lead
}

/**
 * A streaming analyser of one ECG lead: QRS complexes, their classes, heart rate, rhythm, ST level and signal quality.
 * Its clock is the samples' alone. The same samples give the same outputs, however they are cut into blocks.
 * @throws RangeError for a rate outside 80 to 2,000 Hz, or a snapshot that does not fit (see `snapshotFits`).
 */
export function createEcgAnalyzer(options: EcgAnalyzerOptions, snapshot?: EcgSnapshot): EcgAnalyzer {
  const { rateHz, lead, probe } = options
  if (!(rateHz >= MIN_RATE_HZ && rateHz <= MAX_RATE_HZ)) throw new RangeError(`a rate of ${rateHz} Hz`)
  const highPassHz = options.highPassHz ?? 0
  const sampleMs = 1000 / rateHz
  let state = createSegmentState(rateHz)
  if (snapshot !== undefined) {
    if (!snapshotFits(snapshot, options)) throw new RangeError('the snapshot is of another version, rate or lead')
    restoreInto(state, snapshot.state.segment ?? null)
  }
  const found = createQrsFindings()
  const before = new Float64Array(BEFORE_POINTS)
  let beatMs = 0
  const beatProbe: BeatProbe | undefined =
    probe === undefined ? undefined : (what, features) => probe(what, features, beatMs, beatMs)

  const timeOf = (index: number): number => state.startMs + index * sampleMs
  /** The sample count at which the second that is going on ends. */
  let secondEnd = endOfSecond(state.count, rateHz)

  const holeSamples = Math.ceil(HOLE_MS / sampleMs)
  const longestHole = Math.ceil(LONGEST_HOLE_MS / sampleMs)

  /** The analogue of a continuous signal: missing samples hold the last value, and what follows goes on from there. */
  function steady(sample: number): number {
    if (Number.isNaN(sample)) {
      state.missingRun += 1
      if (state.missingRun === holeSamples) breakSt(state.st)
      if (state.missingRun === longestHole) breakBeats()
      silenceOnMissing(state.silence, state.count, state.missingRun, rateHz)
      return state.held
    }
    if (state.missingRun > 0 || !state.started) state.shift = sample - state.held
    if (state.missingRun >= holeSamples && state.missingRun < longestHole) state.holes.push([state.count - state.missingRun, state.count]) // prettier-ignore
    state.started = true
    state.missingRun = 0
    state.held = sample - state.shift
    return state.held
  }

  /** Something is missing: no interval reaches across. */
  function breakBeats(): void {
    state.lastPeak = -1
    state.holes = []
    breakRate(state.rate)
    breakVentricular(state.ventricular)
    breakEctopy(state.ectopy)
    breakSt(state.st)
  }

  /** `undefined` = a pacing pulse that no complex answers. */
  function beatOf(candidate: Candidate): Beat | undefined {
    const pulse = pacingPulse(state.raw, candidate.index, rateHz)
    if (pulse === 'alone') return undefined
    const paced = pacedOnBeat(state.pacing, pulse)
    const shape = shapeOf(state.raw, candidate.index, rateHz)
    const { lastPeak } = state
    const distanceMs = (shape.peak - lastPeak) * sampleMs
    const unseen = distanceMs > LONG_INTERVAL_MS && state.blockedMs > timeOf(lastPeak)
    if (lastPeak < 0 || distanceMs <= 0 || unseen) breakRate(state.rate)
    const hidden = holesHideBeat(state.holes, lastPeak, shape.peak, sampleMs, usualMsOf(state.rate))
    state.holes = state.holes.filter(([, end]) => end > shape.peak)
    if (hidden) breakVentricular(state.ventricular)
    const rrMs = lastPeak < 0 || distanceMs <= 0 || unseen || hidden ? NaN : distanceMs
    state.lastPeak = shape.peak
    beatMs = timeOf(shape.peak)
    silenceOnBeat(state.silence, shape.peak, beatMs, state.raw)
    const { beatClass, likeness, slopeLikeness, widthMs, normalWidthMs, family } = classifyBeat(
      state.beats,
      state.raw,
      shape,
      rateHz,
      rrMs,
      isOpen(state.episodes, 'atrial-fibrillation'),
      beatProbe,
    )
    const { onset, offset, peak } = shape
    return {
      index: peak,
      timeMs: timeOf(peak),
      rrMs,
      beatClass: paced ? 'Q' : beatClass,
      likeness,
      slopeLikeness,
      widthMs,
      normalWidthMs,
      family,
      paced,
      onset,
      offset,
    }
  }

  function onBeat(beat: Beat, nowMs: number, out: EcgOutput[]): void {
    const quality = meanOf(state.qualities)
    const { episodes } = state
    // Noise that is small against the complexes spoils no rate.
    const rateQuality = clarityOf(state.qrs, rateHz) >= CLEAR ? Math.max(quality, CLEAR_QUALITY) : quality
    rateOnBeat(state.rate, episodes, beat, rateQuality, nowMs, out)
    ventricularOnBeat(state.ventricular, episodes, beat, quality, nowMs, out)
    ectopyOnBeat(state.ectopy, episodes, beat, quality, nowMs, out)
    fibrillationOnBeat(state.fibrillation, beat)
    readBefore(state.raw, beat.index, rateHz, before)
    atrialOnBeat(state.atrial, episodes, beat, { before, quality, nowMs, probe }, out)
    const { coherence } = state.atrial
    const { onsetMs: qrsOnsetMs } = state.st
    const context = { ring: state.raw, rateHz, before, quality, qrsOnsetMs, coherence, nowMs, probe }
    avBlockOnBeat(state.avBlock, episodes, beat, context, out)
    if (quality >= 0.5 && (beat.beatClass === 'N' || beat.beatClass === 'S'))
      respirationOnBeat(state.respiration, state.raw, beat, before)
    stOnBeat(state.st, state.raw, beat, rateHz, quality >= 0.5)
  }

  function onFound(learnedBefore: boolean, learnedFromMs: number, out: EcgOutput[]): void {
    const nowMs = timeOf(state.count)
    const beats = found.beats.flatMap((candidate) => beatOf(candidate) ?? [])
    found.beats.length = 0
    if (learnedBefore) {
      for (const { timeMs, beatClass, rrMs, likeness, family, widthMs, paced } of beats)
        out.push({
          kind: 'beat',
          timeMs,
          beatClass,
          ...(Number.isNaN(rrMs) ? {} : { rrMs }),
          quality: meanOf(state.qualities),
          likeness,
          family,
          widthMs,
          ...(paced ? { paced } : {}),
        })
    } else {
      const toMs = Math.max(
        Math.min(nowMs, timeOf(oldestOpenQuestion(state.qrs))),
        (beats.at(-1)?.timeMs ?? 0) + sampleMs,
      )
      const fromMs = Math.min(learnedFromMs, beats[0]?.timeMs ?? learnedFromMs)
      const list = beats.map(({ timeMs, beatClass }): [number, Beat['beatClass']] => [timeMs, beatClass])
      out.push({ kind: 'beats-revised', fromMs, toMs, beats: list })
    }
    for (const beat of beats) onBeat(beat, nowMs, out)
  }

  function onPeaks(out: EcgOutput[]): void {
    const saidMs = timeOf(state.count)
    for (const { index, odds, slope } of found.peaks)
      out.push({ kind: 'peak', timeMs: timeOf(index), saidMs, odds, slope: slope / state.qrs.slopeLevel })
    found.peaks.length = 0
  }

  function onSecond(out: EcgOutput[]): void {
    const nowMs = timeOf(state.count)
    const { quality, reasons, analysable, readable, blocked, overdriven } = closeSecond(
      state.quality,
      rateHz,
      state.raw,
    )
    const clarity = clarityOf(state.qrs, rateHz)
    out.push({ kind: 'quality', timeMs: nowMs, quality, reasons, clarity })
    if (overdriven) return restart(nowMs, out)
    state.qualities.push(quality)
    if (state.qualities.length > QUALITY_SECONDS) state.qualities.shift()
    state.noisy = reasons.includes('noise')
    if (!analysable) breakBeats()
    else if (blocked) state.blockedMs = nowMs
    if (!readable || blocked) breakSilence(state.silence)
    else if (analysable) watchSilence(state.silence, nowMs)
    const { rate, episodes } = state
    if (!analysable) state.brokenSeconds = state.wholeSeconds > 0 ? 1 : state.brokenSeconds + 1
    state.wholeSeconds = analysable ? state.wholeSeconds + 1 : 0
    // Where a lead comes back, the edge is no wave of a heart. (One that fibrillates may touch the rail for a second or two.)
    const isWhole = state.brokenSeconds < COMES_BACK_SECONDS || state.wholeSeconds >= WINDOW_SECONDS
    const features =
      analysable && isWhole && !isPlainRhythm(state.fibrillation, episodes, clarity, nowMs)
        ? fibrillationFeatures(window, state.raw, state.count - 1, rateHz)
        : undefined
    fibrillationOnSecond(state.fibrillation, episodes, features, { nowMs, noisy: state.noisy, clarity }, out)
    const { silence, fibrillation } = state
    const fibrillating = fibrillation.probability >= 0.5
    rateOnSecond(
      rate,
      episodes,
      {
        nowMs,
        sinceMs: silence.sinceMs,
        seenMs: seenSilenceMs(silence, nowMs, rateHz),
        hidden: holesHideBeat(state.holes, state.lastPeak, state.count, sampleMs, usualMsOf(rate)),
        activity: activityOf(state.qrs, ACTIVITY_SECONDS * rateHz),
        fibrillating,
      },
      out,
    )
    ventricularOnSecond(state.ventricular, episodes, rate.lastBeatMs, nowMs, out)
    if (state.missingRun * sampleMs >= MISSING_END_MS)
      releaseAll(episodes, nowMs - state.missingRun * sampleMs, nowMs, out)
    const bpm = heartRateOf(rate, nowMs)
    if (!Number.isNaN(bpm) && meanOf(state.qualities) >= 0.3 && nowMs - rate.lastBeatMs < 3000)
      out.push({ kind: 'heart-rate', timeMs: nowMs, bpm })
    const st = stOnSecond(state.st, nowMs, bpm, { highPassHz })
    if (st !== undefined) out.push(st)
    const regular = !isOpen(episodes, 'atrial-fibrillation')
    const perMin = respirationOnSecond(state.respiration, nowMs, regular, probe)
    if (!Number.isNaN(perMin)) out.push({ kind: 'respiration', timeMs: nowMs, perMin })
  }

  /** Takes the samples of a block, second by second. */
  function take(samples: Float64Array, out: EcgOutput[]): void {
    for (let from = 0; from < samples.length;) {
      const to = Math.min(samples.length, from + secondEnd - state.count)
      takeWithinSecond(samples, from, to, out)
      from = to
      if (state.count < secondEnd) continue
      onSecond(out)
      secondEnd = endOfSecond(state.count, rateHz)
    }
  }

  function takeWithinSecond(samples: Float64Array, from: number, to: number, out: EcgOutput[]): void {
    const { raw, quality, qrs } = state
    for (let i = from; i < to; i++) {
      const sample = samples[i] ?? NaN
      put(raw, sample)
      observeSample(quality, samples, i, rateHz)
      const { learned, learnFrom } = qrs
      steadied[0] = steady(sample)
      detectQrs(qrs, steadied, 0, rateHz, found)
      state.count += 1
      if (found.beats.length > 0) onFound(learned, timeOf(learnFrom), out)
      if (found.peaks.length > 0) onPeaks(out)
    }
  }

  function restart(timeMs: number, out: EcgOutput[]): void {
    const endMs = timeOf(state.count)
    releaseAll(state.episodes, endMs, endMs, out)
    const { seenUntilMs } = state
    state = createSegmentState(rateHz)
    state.startMs = timeMs
    state.seenUntilMs = seenUntilMs
    secondEnd = endOfSecond(0, rateHz)
  }

  /** Sets the clock to a block's time, or bridges what is missing before it. */
  function follow(timeMs: number, out: EcgOutput[]): void {
    if (state.count === 0) {
      state.startMs = timeMs
      return
    }
    const off = timeMs - timeOf(state.count)
    if (Math.abs(off) <= sampleMs) return
    if (off < -CLOCK_STEP_MS || off > LONGEST_FILL_MS) {
      restart(timeMs, out)
      return
    }
    if (off > CLOCK_STEP_MS) take(new Float64Array(Math.round(off / sampleMs)).fill(NaN), out)
    state.startMs += timeMs - timeOf(state.count)
  }

  const snapshotOf = (segment: PlainState): EcgSnapshot => ({
    version: SNAPSHOT_VERSION,
    state: { rateHz, lead, segment },
  })

  return {
    push(timeMs, samplesMv) {
      const out: EcgOutput[] = []
      if (samplesMv.length === 0) return out
      follow(timeMs, out)
      take(samplesMv, out)
      const settledMs = Math.min(timeOf(state.count) - DECISION_MS, timeOf(oldestOpenQuestion(state.qrs)) - 100)
      state.seenUntilMs = Math.max(state.seenUntilMs, settledMs)
      return out
    },
    get seenUntilMs() {
      return state.seenUntilMs
    },
    snapshot() {
      return snapshotOf(plainState(state))
    },
    view() {
      return snapshotOf(asPlainState(state))
    },
  }
}

/** The sample count at which the second that is going on after `count` samples ends. */
function endOfSecond(count: number, rateHz: number): number {
  const second = Math.floor(count / rateHz)
  let end = Math.max(count + 1, Math.floor((second + 1) * rateHz))
  while (Math.floor(end / rateHz) === second) end += 1
  return end
}

function meanOf(qualities: readonly number[]): number {
  if (qualities.length === 0) return 1
  let sum = 0
  for (const quality of qualities) sum += quality
  return sum / qualities.length
}
