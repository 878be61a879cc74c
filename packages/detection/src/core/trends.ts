import { NUMERIC_VITALS, type NumericVitalCode } from '@pulsewire/contracts'
import {
  createTrendState,
  stepTrend,
  TREND_OPTIONS,
  type News2Inputs,
  type Timed,
  type TrendChange,
  type TrendState,
} from '@pulsewire/early-warning'
import { ALARM_RULES } from '../priorities.ts'
import type { FindingStatement, Moment } from '../types.ts'
import { ageWords, clockTime, rounded } from '../words.ts'
import type { FindingBook } from './finding-book.ts'

type TrendCode = keyof typeof TREND_OPTIONS

/** The course of each vital. Plain data. */
export type TrendsState = Partial<Record<TrendCode, TrendState>>

/** Watches the vitals that are scored for changes that last, against the patient's own baseline. */
export function watchTrends(state: TrendsState, inputs: News2Inputs, moment: Moment, book: FindingBook): void {
  const vitals: Readonly<Record<TrendCode, Timed<number> | undefined>> = {
    heartRate: inputs.pulse,
    respirationRate: inputs.respirationRate,
    spo2: inputs.spo2,
    systolic: inputs.systolic,
    temperature: inputs.temperature,
  }
  for (const code of ['heartRate', 'respirationRate', 'spo2', 'systolic', 'temperature'] as const) {
    const reading = vitals[code]
    if (reading === undefined) continue
    const trend = (state[code] ??= createTrendState())
    for (const step of stepTrend(trend, reading.timeMs, reading.value, TREND_OPTIONS[code])) {
      if (step.kind === 'changed') book.raise(statementOf(code, step.change, moment), moment)
      else if (step.kind === 'ended') book.end('trend', code, step.atMs, moment)
    }
  }
}

function statementOf(code: NumericVitalCode, change: TrendChange, moment: Moment): FindingStatement {
  const { direction, sinceMs, from, to, perHour, marked } = change
  const { label, unit } = NUMERIC_VITALS[code]
  const digits = code === 'temperature' ? 1 : 0
  const unitWord = unit === 'Cel' ? '°C' : unit === 'mm[Hg]' ? 'mmHg' : unit
  const going = direction === 'rising' ? 'has risen' : 'has fallen'
  const isGoingOn = (direction === 'rising' ? 1 : -1) * perHour >= Math.abs(to - from) / 2
  const course = isGoingOn ? 'and goes on' : 'and stays there'
  const lasting = moment.timeMs - sinceMs < 60_000 ? '' : ` for ${ageWords(moment.timeMs - sinceMs)}`
  return {
    type: 'trend',
    qualifier: code,
    onset: sinceMs,
    confidence: 0.8,
    quality: 1,
    priority: marked ? ALARM_RULES.trend.priority : undefined,
    message: `${label} ${going} from this patient's usual ${rounded(from, digits)} to ${rounded(to, digits)} ${unitWord}${lasting} (since ${clockTime(sinceMs)} UTC), ${course}: look at the patient`,
    evidence: {
      code,
      direction,
      baseline: rounded(from, 1),
      value: rounded(to, 1),
      perHour: rounded(perHour, 1),
      marked,
      unit,
    },
    code,
  }
}
