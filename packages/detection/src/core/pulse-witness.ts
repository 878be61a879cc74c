import type { Pulse, PulseWaveState } from './pulse-wave.ts'

/** What is usual is learnt from so much of the wave before the onset, out of so many pulses. */
const BEFORE_MS = 30_000
const LEAST_BEFORE = 10
/** A pulse that comes so soon after an onset belongs to the beat before it: the wave needs time from the heart to the sensor. */
const TRAVEL_MS = 150
/** A wave is good where so many of its pulses are about as high, and come about as often, as the median. */
const LEAST_ALIKE = 0.8
/** Beyond the usual range of its intervals by this share of the median, an interval is another one. */
const INTERVAL_MARGIN = 0.1
/** The mean interval is the same within this share. */
const SAME_MEAN = 0.12
/** A pulse lower than this share of the median, or than this share of the usual low ones, has fallen. */
const FALLEN = 0.55
const BELOW_USUAL = 0.8
/** Two such pulses, or no pulse for so many usual intervals, are a fall of the circulation. */
const CLEARLY_FALLEN = 0.6
const GAP = 1.6
/** Three pulses and more that together move less than this share of what is usual in the time are one, too. */
const LOW_FLOW = 0.5
const FLOW_PULSES = 3
/** A pulse is known so long after its upstroke. */
const SAID_AFTER_MS = 350
/** Pulses that are looked at in a long run. */
const LAST_PULSES = 8
/** Levels of a pressure wave that a living patient can have, mmHg (a damped or disconnected line has others). */
const SYSTOLIC = { least: 40, most: 280 } as const
const LEAST_PULSE_PRESSURE = 8
/** Since an arrest: so many pulses, this even, and the last one not long ago. */
const ALIVE_AFTER_MS = 700
const ALIVE_PULSES = 2
const ALIVE_UNEVEN = 0.35
const FIBRILLATING_PULSES = 3
const FIBRILLATING_UNEVEN = 0.25
const STILL_MS = 2_500
/** The wave may come so much later than the ECG (its blocks come after those of the ECG). */
const LAG_MS = 2_000
const LOW_SHARE = 0.5
/** Pulses of one height: a dicrotic wave after each would be lower, and double the rate. */
const SAME_HEIGHT = 0.6
const NO_BRADYCARDIA = 45
const NO_TACHYCARDIA = 125

interface Usual {
  readonly height: number
  readonly lowHeight: number
  readonly intervalMs: number
  readonly shortMs: number
  readonly longMs: number
}

/** What the pulse waves of a patient say about a rhythm that the ECG shows, in words; `undefined` = nothing against it. */
export function pulseAgainst(
  type: string,
  onsetMs: number,
  nowMs: number,
  waves: readonly PulseWaveState[],
): string | undefined {
  for (const wave of waves) {
    if (!isTrustworthy(wave)) continue
    const reason = waveAgainst(type, onsetMs, nowMs, wave)
    if (reason !== undefined) return reason
  }
  return undefined
}

function waveAgainst(type: string, onsetMs: number, nowMs: number, wave: PulseWaveState): string | undefined {
  const name = nameOf(wave)
  switch (type) {
    case 'asystole':
    case 'ventricular-fibrillation': {
      const fibrillating = type === 'ventricular-fibrillation'
      const alive = pulsesSince(wave, onsetMs, nowMs)
      const enough = fibrillating ? FIBRILLATING_PULSES : ALIVE_PULSES
      const even = isEven(alive, fibrillating ? FIBRILLATING_UNEVEN : ALIVE_UNEVEN)
      return alive.length >= enough && even ? `${name} shows ${alive.length} beats since then` : undefined
    }
    case 'extreme-bradycardia': {
      const seen = pulsesSince(wave, onsetMs - 100, nowMs)
      const highest = Math.max(...seen.map(heightOf))
      if (seen.length < 5 || seen.some((pulse) => heightOf(pulse) < SAME_HEIGHT * highest)) return undefined
      const rate = rateOf(seen)
      return rate > NO_BRADYCARDIA && isEven(seen, ALIVE_UNEVEN) ? `${name} shows ${Math.round(rate)} /min` : undefined
    }
    case 'extreme-tachycardia': {
      const rate = steadyRate(wave, onsetMs, nowMs)
      return rate !== undefined && rate <= NO_TACHYCARDIA ? `${name} shows ${Math.round(rate)} /min` : undefined
    }
    default:
      return undefined
  }
}

/**
 * Whether the pulse goes through a ventricular run as if there were none: as often, as high as before. It does not in a run that
 * the heart pumps less in: early beats fill less, so that pressure and pulse fall with the first of them. `undefined`: it cannot tell.
 */
export function pulseThroughRun(onsetMs: number, nowMs: number, waves: readonly PulseWaveState[]): string | undefined {
  const good = waves.filter(isTrustworthy)
  // Keep the alarm where any of the waves falls.
  if (good.some((wave) => hasFallen(wave, onsetMs, nowMs))) return undefined
  const steady = good.find((wave) => steadyRate(wave, onsetMs, nowMs) !== undefined)
  return steady === undefined ? undefined : `${nameOf(steady)} goes on unchanged`
}

/** Whether one of the waves falls after the onset: lower pulses, or none. */
export function pulseFalls(onsetMs: number, nowMs: number, waves: readonly PulseWaveState[]): boolean {
  return waves.some((wave) => isTrustworthy(wave) && hasFallen(wave, onsetMs, nowMs))
}

function nameOf({ signal }: PulseWaveState): string {
  return signal === 'abp' ? 'the pressure wave' : 'the pulse wave'
}

/** A pressure at a level that no patient has is no pressure: a line that is damped, closed or open to air. */
function isTrustworthy(wave: PulseWaveState): boolean {
  if (!wave.isPressure) return true
  const recent = wave.pulses.slice(-LAST_PULSES)
  const top = median(recent.map((pulse) => pulse.top))
  return top >= SYSTOLIC.least && top <= SYSTOLIC.most && median(recent.map(heightOf)) >= LEAST_PULSE_PRESSURE
}

/** Pulses per minute since the onset, where they go on as before; else undefined. */
function steadyRate(wave: PulseWaveState, onsetMs: number, nowMs: number): number | undefined {
  const usual = usualBefore(wave, onsetMs)
  if (usual === undefined) return undefined
  const { before, since } = split(wave, onsetMs, nowMs)
  const last = before.at(-1)
  if (last === undefined || since.length < 2) return undefined
  const chain = [last, ...since].slice(-LAST_PULSES)
  const intervals = intervalsOf(chain)
  const margin = INTERVAL_MARGIN * usual.intervalMs
  const same = intervals.every((interval) => interval >= usual.shortMs - margin && interval <= usual.longMs + margin)
  const mean = average(intervals)
  const least = Math.max(FALLEN * usual.height, BELOW_USUAL * usual.lowHeight)
  const high = chain.slice(1).every((pulse) => !pulse.cut && heightOf(pulse) >= least)
  const current = seenOf(wave, nowMs) - (since.at(-1)?.timeMs ?? 0) <= usual.longMs + margin + SAID_AFTER_MS
  if (!same || !high || !current || Math.abs(mean - usual.intervalMs) > SAME_MEAN * usual.intervalMs) return undefined
  return 60_000 / mean
}

/** Two low pulses since the onset, none for longer than usual, or less height of pulses in the time than half of what is usual. */
function hasFallen(wave: PulseWaveState, onsetMs: number, nowMs: number): boolean {
  const { before, since } = split(wave, onsetMs, nowMs)
  // After a bigeminy the last few tell what is usual.
  const usual = usualOf(before) ?? usualOf(before.slice(-LEAST_BEFORE))
  if (usual === undefined) return false
  // No samples are no fall.
  const seenMs = Math.min(nowMs, wave.lastMs)
  const low = since.filter((pulse) => heightOf(pulse) < Math.min(CLEARLY_FALLEN * usual.height, usual.lowHeight)).length
  const longest = Math.max(GAP * usual.intervalMs, usual.longMs)
  const last = before.at(-1)
  if (last !== undefined && intervalsOf([last, ...since]).some((interval) => interval > longest)) return true
  if (last !== undefined && since.length >= FLOW_PULSES) {
    const flow = since.reduce((sum, pulse) => sum + heightOf(pulse), 0) / ((since.at(-1)?.timeMs ?? 0) - last.timeMs)
    if (flow < (LOW_FLOW * usual.height) / usual.intervalMs) return true
  }
  const lastMs = (since.at(-1) ?? before.at(-1))?.timeMs ?? nowMs
  return low >= 2 || seenMs - lastMs > longest + SAID_AFTER_MS
}

/** Up to when the wave is known; the time itself where it has not come for long. */
function seenOf({ lastMs }: PulseWaveState, nowMs: number): number {
  return nowMs - lastMs > LAG_MS ? nowMs : Math.min(nowMs, lastMs)
}

function split(wave: PulseWaveState, onsetMs: number, nowMs: number): { before: Pulse[]; since: Pulse[] } {
  const known = wave.pulses.filter(({ saidMs }) => saidMs <= nowMs)
  const from = onsetMs + TRAVEL_MS
  return {
    before: known.filter(({ timeMs }) => timeMs <= from && timeMs > onsetMs - BEFORE_MS),
    since: known.filter(({ timeMs }) => timeMs > from),
  }
}

/** What the wave was like before; undefined where it was too short or too restless to say. */
function usualBefore(wave: PulseWaveState, onsetMs: number): Usual | undefined {
  return usualOf(wave.pulses.filter(({ timeMs }) => timeMs <= onsetMs + TRAVEL_MS && timeMs > onsetMs - BEFORE_MS))
}

function usualOf(before: readonly Pulse[]): Usual | undefined {
  if (before.length < LEAST_BEFORE) return undefined
  const heights = before.map(heightOf).toSorted((a, b) => a - b)
  const intervals = intervalsOf(before).toSorted((a, b) => a - b)
  const [height, intervalMs] = [quantile(heights, 0.5), quantile(intervals, 0.5)]
  const alike = (values: readonly number[], of: number, low: number, high: number): boolean =>
    values.filter((value) => value > low * of && value < high * of).length >= LEAST_ALIKE * values.length
  if (!alike(heights, height, 0.5, 1.8) || !alike(intervals, intervalMs, 0.6, 1.6)) return undefined
  return {
    height,
    lowHeight: quantile(heights, 0.1),
    intervalMs,
    shortMs: quantile(intervals, 0.1),
    longMs: quantile(intervals, 0.9),
  }
}

/** Pulses since an onset that are about as high as those before it; none where they stopped. */
function pulsesSince(wave: PulseWaveState, onsetMs: number, nowMs: number): Pulse[] {
  const { before, since } = split(wave, onsetMs, nowMs)
  const usual = before.length < 5 ? 0 : median(before.map(heightOf))
  const alive = since.filter((pulse) => pulse.timeMs > onsetMs + ALIVE_AFTER_MS && heightOf(pulse) >= LOW_SHARE * usual)
  return nowMs - (alive.at(-1)?.timeMs ?? 0) > STILL_MS ? [] : alive
}

function heightOf({ top, foot }: Pulse): number {
  return top - foot
}

function rateOf(pulses: readonly Pulse[]): number {
  return 60_000 / average(intervalsOf(pulses))
}

function isEven(pulses: readonly Pulse[], most: number): boolean {
  const intervals = intervalsOf(pulses)
  if (intervals.length === 0) return false
  const mean = average(intervals)
  const variance = average(intervals.map((interval) => (interval - mean) ** 2))
  return mean >= 300 && mean <= 2_000 && Math.sqrt(variance) <= most * mean
}

function intervalsOf(pulses: readonly Pulse[]): number[] {
  return pulses.slice(1).map(({ timeMs }, i) => timeMs - (pulses[i]?.timeMs ?? timeMs))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
}
