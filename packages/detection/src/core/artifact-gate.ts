import {
  DEFAULT_LIMITS,
  isNumericVital,
  NUMERIC_VITALS,
  type NumericVitalCode,
  type VitalValues,
} from '@pulsewire/contracts'
import { judgeReading, type Doubt, type PlausibilityState, type Surroundings } from '@pulsewire/early-warning'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment, PatientContext } from '../types.ts'
import { clockTime, rounded } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { ECG_RATE, readingOf, type VitalMemoryState } from './vital-memory.ts'

/** Which vitals are judged before they are scored; of the others only what the device calls unsure is left out. */
const JUDGED: ReadonlySet<string> = new Set([
  'spo2',
  'pulseRate',
  'temperature',
  'systolic',
  'diastolic',
  'meanArterial',
])
/** What is measured on request: nobody need wait for the next reading. */
const ON_REQUEST: ReadonlySet<string> = new Set(['systolic', 'diastolic', 'meanArterial'])
/** What is doubted for so long is said to be so, with a low alarm: somebody must look at the sensor. */
const TELL_AFTER_MS = 60_000
const RECENT_MS = 10_000
const MOVED_WITHIN_MS = 60_000

/** What is believed of each vital, by device and code. Plain data. */
export type GateState = Record<string, Record<string, PlausibilityState>>

export interface Believed {
  /** What may be scored. */
  readonly vitals: VitalValues
  /** The first reading of what this one confirms. */
  readonly since: Readonly<Record<string, { readonly timeMs: number; readonly value: number }>>
}

/** Keeps from the scores and the limits what is no measurement of this patient's body; says so, and why. */
export function gateVitals(
  state: GateState,
  memory: VitalMemoryState,
  {
    vitals,
    quality,
  }: { readonly vitals: VitalValues; readonly quality?: Readonly<Record<string, number>> | undefined },
  context: PatientContext,
  moment: Moment,
  book: FindingBook,
): Believed {
  const believed: VitalValues = { ...vitals }
  const since: Record<string, { readonly timeMs: number; readonly value: number }> = {}
  const around = surroundingsOf(memory, vitals, moment.timeMs)
  const ofDevice = (state[moment.device] ??= {})
  for (const code in vitals) {
    const value = readingOf(vitals, code)
    if (typeof value !== 'number' || !isNumericVital(code)) continue
    if (!JUDGED.has(code) && quality?.[code] === undefined && ofDevice[code] === undefined) continue
    const reading = (ofDevice[code] ??= {})
    const wasDoubted = reading.unsettledMs !== undefined
    const verdict = judgeReading(reading, code, moment.timeMs, value, { ...around, quality: quality?.[code] })
    if (verdict.kind === 'believed') {
      if (verdict.since !== undefined) since[code] = verdict.since
      if (wasDoubted) book.end('signal-quality', qualifierOf(code, moment), moment.timeMs, moment)
      continue
    }
    delete believed[code]
    tell(
      { code, value, before: reading.believed?.value, doubt: verdict.doubt, forMs: verdict.forMs },
      context,
      moment,
      book,
    )
  }
  return { vitals: believed, since }
}

function surroundingsOf(memory: VitalMemoryState, vitals: VitalValues, nowMs: number): Surroundings {
  const recent = (code: string, withinMs: number): number | undefined => {
    const latest = memory.latest[code]
    return latest !== undefined && nowMs - latest.timeMs <= withinMs ? latest.value : undefined
  }
  return {
    systolic: vitals.systolic,
    diastolic: vitals.diastolic,
    pulseRate: vitals.pulseRate,
    // The ECG's own rate first: a device may report the oximeter's as the heart's.
    heartRate: recent(ECG_RATE, RECENT_MS) ?? vitals.heartRate ?? recent('heartRate', RECENT_MS),
    activity: vitals.activity ?? recent('activity', MOVED_WITHIN_MS),
  }
}

interface Doubted {
  readonly code: NumericVitalCode
  readonly value: number
  readonly before: number | undefined
  readonly doubt: Doubt
  readonly forMs: number
}

function tell(doubted: Doubted, context: PatientContext, moment: Moment, book: FindingBook): void {
  const { code, value, before, doubt, forMs } = doubted
  const limit = context.limits?.[code] ?? DEFAULT_LIMITS[code]
  const side = value < (limit?.low ?? -Infinity) ? 'low' : value > (limit?.high ?? Infinity) ? 'high' : undefined
  const { label, unit } = NUMERIC_VITALS[code]
  const unitWord = unit === 'Cel' ? '°C' : unit === 'mm[Hg]' ? 'mmHg' : unit
  const reading = `${label} ${rounded(value, 1)} ${unitWord}`
  // Somebody must look at the sensor, or measure again; until then it is a suppressed candidate, without alarm.
  const isTold = forMs >= TELL_AFTER_MS || (side !== undefined && ON_REQUEST.has(code))
  if (side === undefined && !isTold) return
  const sinceMs = moment.timeMs - forMs
  const todo = ON_REQUEST.has(code) ? 'measure again' : 'check the sensor'
  book.raise(
    {
      type: 'signal-quality',
      qualifier: qualifierOf(code, moment),
      onset: sinceMs,
      device: moment.device,
      confidence: 0.5,
      quality: 0,
      priority: isTold ? ALARM_RULES['signal-quality'].priority : undefined,
      message: `${reading} is not judged since ${clockTime(sinceMs)} UTC: ${WHY[doubt]}; ${todo}`,
      evidence: { code, value, before: before ?? null, unit, doubt, suppressed: WHY[doubt] },
      code,
      side,
    },
    moment,
  )
}

const WHY: Readonly<Record<Doubt, string>> = {
  'device-unsure': 'the device calls it unsure',
  jump: 'no body changes so fast',
  'probe-off': 'the probe may be off',
  'pressures-disagree': 'upper and lower pressure do not fit together',
  moving: 'the patient moved while the cuff measured',
  'pulse-disagrees': 'the oximeter counts another pulse than the ECG',
}

function qualifierOf(code: string, { device }: Moment): string {
  return `${code}-doubted-${device}`
}
