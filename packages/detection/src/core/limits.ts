import {
  DEFAULT_LIMITS,
  isNumericVital,
  NUMERIC_VITALS,
  type NumericVitalCode,
  type VitalValues,
} from '@pulsewire/contracts'
import {
  createLimitState,
  limitDelayOf,
  limitHysteresisOf,
  stepLimit,
  type LimitSide,
  type LimitState,
  type LimitWatchOptions,
} from '@pulsewire/early-warning'
import { ALARM_RULES } from '../priorities.ts'
import { readingOf } from './vital-memory.ts'
import type { FindingStatement, Moment, PatientContext } from '../types.ts'
import { clockTime, rounded } from '../words.ts'
import { quietWhereCovered } from './covered.ts'
import type { FindingBook } from './finding-book.ts'

/** What is grossly out must stay so, seen twice, before it is of high priority: one reading alone may be an artifact. */
const GROSS_DELAY_MS = 10_000
/** Beyond these it is high, whatever the patient's limits. [K: to be confirmed by the ward] */
const GROSSLY: Readonly<Partial<Record<NumericVitalCode, { low?: number; high?: number }>>> = {
  heartRate: { low: 35, high: 170 },
  pulseRate: { low: 35, high: 170 },
  spo2: { low: 85 },
  respirationRate: { low: 5, high: 40 },
  systolic: { low: 70, high: 220 },
  temperature: { low: 32, high: 41 },
}
/** Level 2 hypoglycaemia (ADA), mg/dL. */
const SEVERE_HYPOGLYCAEMIA = 54
const SEVERE_HYPERGLYCAEMIA = 400
/** A gross value that one measurement shows is not alone where another vital was as bad so lately. */
const WITNESS_MS = 2 * 60_000

/** Where each vital stands, by device (or staff) and code. Plain data. */
export type LimitsState = Record<string, Record<string, LimitState>>

/** Judges one observation against the patient's limits. */
export function checkLimits(
  state: LimitsState,
  observation: {
    readonly vitals: VitalValues
    /** Earlier readings that this one confirms: the time counts from them. */
    readonly since?: Readonly<Record<string, { readonly timeMs: number; readonly value: number }>>
    readonly source: string
    readonly byStaff: boolean
  },
  context: PatientContext,
  moment: Moment,
  book: FindingBook,
): void {
  const ofSource = (state[observation.source] ??= {})
  for (const code in observation.vitals) {
    const value = readingOf(observation.vitals, code)
    if (typeof value !== 'number' || !isNumericVital(code)) continue
    const limit = context.limits?.[code] ?? DEFAULT_LIMITS[code]
    if (limit === undefined) continue
    const delayMs = observation.byStaff ? 0 : limitDelayOf(code)
    // A person looks at what they measure; and two vitals do not err at the same time.
    const isAtOnce = observation.byStaff || hasWitness(state, code, moment.timeMs)
    const options: LimitWatchOptions = {
      delayMs,
      hysteresis: limitHysteresisOf(code),
      gross: GROSSLY[code],
      grossDelayMs: isAtOnce ? 0 : GROSS_DELAY_MS,
    }
    const limitState = (ofSource[code] ??= createLimitState())
    const first = observation.since?.[code]
    const steps = [
      ...(first === undefined ? [] : stepLimit(limitState, first, limit, options)),
      ...stepLimit(limitState, { timeMs: moment.timeMs, value }, limit, options),
    ]
    for (const step of steps) {
      if (step.kind === 'none') continue
      const { type, qualifier } = nameOf(code, step.side, observation.source)
      if (step.kind === 'ended') book.end(type, qualifier, step.atMs, moment)
      else
        book.raise(
          quietWhereCovered(statementOf(code, step, value, limit[step.side], observation.source), book),
          moment,
        )
    }
  }
}

/** Whether another vital, of another sensor, is outside its limits now, for longer than a moment. */
function hasWitness(state: LimitsState, code: string, nowMs: number): boolean {
  for (const source in state) {
    const ofSource = state[source] ?? {}
    for (const other in ofSource) {
      const { open, lastMs } = ofSource[other] ?? {}
      if (open !== true || lastMs === undefined || nowMs - lastMs > WITNESS_MS) continue
      if (sensorOf(other) !== sensorOf(code)) return true
    }
  }
  return false
}

/** What one sensor measures together errs together: the cuff, and the rates. */
function sensorOf(code: string): string {
  if (code === 'systolic' || code === 'diastolic' || code === 'meanArterial') return 'pressure'
  return code === 'heartRate' || code === 'pulseRate' ? 'rate' : code
}

function nameOf(
  code: NumericVitalCode,
  side: LimitSide,
  source: string,
): Pick<FindingStatement, 'qualifier'> & {
  type: 'limit' | 'hypoglycaemia' | 'hyperglycaemia'
} {
  if (code === 'glucose') return { type: side === 'low' ? 'hypoglycaemia' : 'hyperglycaemia', qualifier: source }
  return { type: 'limit', qualifier: `${code}-${side}-${source}` }
}

function statementOf(
  code: NumericVitalCode,
  step: { readonly side: LimitSide; readonly sinceMs: number; readonly worst: number; readonly gross: boolean },
  value: number,
  limit: number | undefined,
  source: string,
): FindingStatement {
  const { side, sinceMs, worst, gross } = step
  const { label, unit } = NUMERIC_VITALS[code]
  const { type, qualifier } = nameOf(code, side, source)
  const unitWord = unit === 'Cel' ? '°C' : unit === 'mm[Hg]' ? 'mmHg' : unit
  const what = `${label} ${side === 'low' ? 'low' : 'high'}: ${rounded(value, 1)} ${unitWord}`
  return {
    type,
    qualifier,
    onset: sinceMs,
    device: source,
    confidence: 1,
    quality: 1,
    priority: priorityOf(code, side, worst, gross),
    message: `${what} (limit ${limit ?? 'none'}) since ${clockTime(sinceMs)} UTC`,
    evidence: { code, side, value, worst, limit: limit ?? null, unit },
    code,
    side,
  }
}

function priorityOf(code: NumericVitalCode, side: LimitSide, worst: number, gross: boolean) {
  if (code === 'glucose') {
    if (side === 'low') return worst < SEVERE_HYPOGLYCAEMIA ? 'high' : ALARM_RULES.hypoglycaemia.priority
    return worst > SEVERE_HYPERGLYCAEMIA ? 'medium' : ALARM_RULES.hyperglycaemia.priority
  }
  return gross ? 'high' : ALARM_RULES.limit.priority
}
