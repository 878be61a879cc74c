const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** Why a reading is not believed at once. */
export type Doubt = 'device-unsure' | 'jump' | 'probe-off' | 'pressures-disagree' | 'moving' | 'pulse-disagrees'

/** How fast a vital can change in a body, and how soon a second reading settles it. */
interface ChangeRule {
  /** A step that is always believed, and what is added with each minute since the last believed reading. */
  readonly step: number
  readonly perMinute: number
  readonly confirmMs: number
}

/**
 * [K: body temperature moves by some tenths of a degree in ten minutes; an oximeter averages over seconds, so that a real fall of SpO2
 * takes some. Both only ask for a second reading; to be confirmed by the ward]
 */
const CHANGES: Readonly<Record<string, ChangeRule>> = {
  temperature: { step: 0.5, perMinute: 0.1, confirmMs: 30 * SECOND_MS },
  spo2: { step: 4, perMinute: 60, confirmMs: 5 * SECOND_MS },
}
/** A thermometer that falls below this lies in the room, until it has said so for long: no body cools like that. */
const PROBE_OFF_BELOW_CEL = 34
const PROBE_OFF_CONFIRM_MS = 5 * MINUTE_MS
/** Oximeter and ECG count the same heart: where they do not for so long, it is no artifact (a pulse deficit, a standstill of the pulse). */
const PULSE_CONFIRM_MS = 30 * SECOND_MS
/** Where the ECG's rate is outside of this there is no time to wait. */
const CALM_RATE = { low: 40, high: 150 }
/** A cuff's next measurement settles it. */
const CUFF_CONFIRM_MS = 10 * SECOND_MS
const MOVING_ABOVE = 0.6
const MOVED_BY = 0.25
const REPEATED_WITHIN = 0.1
const MIN_PULSE_PRESSURE_MMHG = 8
const SPO2_FALL = 3
/** Below this quality (0 to 1, by the device) a value is not judged. */
export const MIN_VITAL_QUALITY = 0.5

const PRESSURES: ReadonlySet<string> = new Set(['systolic', 'diastolic', 'meanArterial'])

/** What else is known at the moment of a reading. */
export interface Surroundings {
  readonly quality?: number | undefined
  /** Of the same measurement. */
  readonly systolic?: number | undefined
  readonly diastolic?: number | undefined
  /** The heart rate by the ECG or the device, if recent. */
  readonly heartRate?: number | undefined
  /** The oximeter's pulse of the same message. */
  readonly pulseRate?: number | undefined
  /** 0 to 1, if recent. */
  readonly activity?: number | undefined
}

/** The last believed reading of one vital of one device, and what waits for a second one. Plain data. */
export interface PlausibilityState {
  believed?: { timeMs: number; value: number }
  doubted?: { timeMs: number; value: number; doubt: Doubt } | undefined
  /** Since when nothing was believed. */
  unsettledMs?: number | undefined
}

export type Verdict =
  | {
      readonly kind: 'believed'
      /** The first of the doubted readings that this one confirms: it was so since then. */
      readonly since?: { readonly timeMs: number; readonly value: number }
    }
  | { readonly kind: 'doubted'; readonly doubt: Doubt; readonly forMs: number }

/**
 * Judges the next reading of one vital of one device; `state` is changed in place. A doubted reading is kept as data and not scored.
 * What is doubted stays so for a bounded time only: a later reading that says the same is believed, whatever it says. Only what the
 * device itself calls unsure is never believed.
 */
export function judgeReading(
  state: PlausibilityState,
  code: string,
  timeMs: number,
  value: number,
  surroundings: Surroundings = {},
): Verdict {
  const isUnsure = (surroundings.quality ?? 1) < MIN_VITAL_QUALITY
  const doubt = isUnsure ? 'device-unsure' : doubtOf(state, code, timeMs, value, surroundings)
  const { doubted } = state
  const isSecond = doubted !== undefined && doubted.doubt !== 'device-unsure' && isSameSide(state, doubted.value, value)
  const isSettled = isSecond && timeMs - doubted.timeMs >= confirmMs(code, doubted.doubt)
  if (doubt === undefined || (!isUnsure && isSettled)) {
    const { believed } = state
    if (believed === undefined) state.believed = { timeMs, value }
    else {
      believed.timeMs = timeMs
      believed.value = value
    }
    state.doubted = undefined
    state.unsettledMs = undefined
    const isConfirmed = doubt !== undefined && doubted !== undefined
    return { kind: 'believed', ...(isConfirmed ? { since: { timeMs: doubted.timeMs, value: doubted.value } } : {}) }
  }
  state.unsettledMs ??= timeMs
  if (doubted === undefined || (!isUnsure && !isSecond)) state.doubted = { timeMs, value, doubt }
  return { kind: 'doubted', doubt, forMs: timeMs - state.unsettledMs }
}

function doubtOf(
  { believed }: PlausibilityState,
  code: string,
  timeMs: number,
  value: number,
  { systolic, diastolic, heartRate, pulseRate, activity = 0 }: Surroundings,
): Doubt | undefined {
  if (PRESSURES.has(code)) {
    // What was believed once is not doubted again.
    const changedBy =
      believed === undefined ? undefined : Math.abs(value - believed.value) / Math.max(1, believed.value)
    if (systolic !== undefined && diastolic !== undefined && systolic - diastolic < MIN_PULSE_PRESSURE_MMHG) {
      return (changedBy ?? 1) >= REPEATED_WITHIN ? 'pressures-disagree' : undefined
    }
    return activity >= MOVING_ABOVE && (changedBy ?? 0) >= MOVED_BY ? 'moving' : undefined
  }
  const isCalm = heartRate !== undefined && heartRate >= CALM_RATE.low && heartRate <= CALM_RATE.high
  const oximeterLost = isCalm && pulseRate !== undefined && areApart(heartRate, pulseRate)
  if (code === 'pulseRate' && oximeterLost && (believed === undefined || areApart(believed.value, value))) {
    return 'pulse-disagrees'
  }
  if (believed === undefined) return undefined
  if (code === 'spo2' && oximeterLost && believed.value - value >= SPO2_FALL) return 'pulse-disagrees'
  const rule = CHANGES[code]
  if (rule === undefined) return undefined
  const allowed = rule.step + (rule.perMinute * Math.max(0, timeMs - believed.timeMs)) / MINUTE_MS
  if (Math.abs(value - believed.value) <= allowed) return undefined
  return code === 'temperature' && value < PROBE_OFF_BELOW_CEL ? 'probe-off' : 'jump'
}

/** Two rates that cannot be of the same heart. */
function areApart(rate: number, other: number): boolean {
  return Math.abs(rate - other) >= Math.max(15, 0.2 * rate)
}

/** Both lie off what was believed, to the same side. */
function isSameSide({ believed }: PlausibilityState, first: number, second: number): boolean {
  return believed === undefined || (first - believed.value) * (second - believed.value) > 0
}

function confirmMs(code: string, doubt: Doubt): number {
  if (doubt === 'probe-off') return PROBE_OFF_CONFIRM_MS
  if (doubt === 'pulse-disagrees') return PULSE_CONFIRM_MS
  return PRESSURES.has(code) ? CUFF_CONFIRM_MS : (CHANGES[code]?.confirmMs ?? 0)
}
