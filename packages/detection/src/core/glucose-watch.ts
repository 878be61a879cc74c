import { DEFAULT_LIMITS } from '@pulsewire/contracts'
import {
  createGlucoseState,
  isLowComing,
  isSteepLowComing,
  stepGlucose,
  type GlucoseForecast,
  type GlucoseState,
} from '@pulsewire/early-warning'
import type { Moment, PatientContext } from '../types.ts'
import { clockTime } from '../words.ts'
import type { FindingBook } from './finding-book.ts'

/** How far above it must be again to end. */
const HYSTERESIS_MG_DL = 5

/** Where each sensor's forecast stands. Plain data. */
export type GlucoseWatchState = Record<string, GlucoseState>

/** Forecasts 20 minutes ahead: says that a low or a high is coming while there is none yet. The limits watch what is. */
export function watchGlucose(
  state: GlucoseWatchState,
  now: number | undefined,
  context: PatientContext,
  moment: Moment,
  book: FindingBook,
): void {
  if (now === undefined) return
  const { device, timeMs } = moment
  const sensor = (state[`${device}/glucose`] ??= createGlucoseState())
  const forecast = stepGlucose(sensor, timeMs, now)
  // Not taken in: too soon after the last one, or older.
  if (sensor.points.at(-1)?.[0] !== timeMs) return
  const { low, high } = context.limits?.glucose ?? DEFAULT_LIMITS.glucose ?? {}
  const raise = (side: 'low' | 'high', limit: number, { atMs, mgDl, straightMgDl }: GlucoseForecast): void => {
    const expected = side === 'low' ? Math.min(mgDl, straightMgDl) : mgDl
    const words = side === 'low' ? 'fall below' : 'rise above'
    const isSteep = isSteepLowComing({ atMs, mgDl, straightMgDl }, limit)
    const isSaid = book.get('hypoglycaemia', `forecast-${device}`)?.priority !== undefined
    const todo = side === 'low' ? 'check the patient, have sugar ready' : 'watch it'
    book.raise(
      {
        type: side === 'low' ? 'hypoglycaemia' : 'hyperglycaemia',
        qualifier: `forecast-${device}`,
        onset: timeMs,
        device,
        confidence: 0.5,
        quality: 1,
        // What the figures support: a fall that both forecasts see is worth a low alarm, until it is over; one of them alone, and highs, a finding.
        priority: side === 'low' && (isSteep || isSaid) ? 'low' : undefined,
        message: `Glucose may ${words} ${limit} mg/dL within 20 min: ${Math.round(now)} now, about ${Math.round(expected)} at ${clockTime(atMs)} UTC: ${todo}`,
        evidence: { forecast: Math.round(expected), forecastAt: atMs, value: now, limit, unit: 'mg/dL' },
        code: 'glucose',
        side,
      },
      moment,
    )
  }
  // Where the limit itself is reached, that alarm takes over.
  const isLow = low === undefined || now < low
  if (forecast !== undefined && !isLow && isLowComing(forecast, low)) raise('low', low, forecast)
  else if (forecast === undefined || isLow || !isLowComing(forecast, low + HYSTERESIS_MG_DL)) {
    book.end('hypoglycaemia', `forecast-${device}`, timeMs, moment)
  }
  const isHigh = high === undefined || now > high
  if (forecast !== undefined && !isHigh && forecast.mgDl > high) raise('high', high, forecast)
  else if (forecast === undefined || isHigh || forecast.mgDl <= high - HYSTERESIS_MG_DL) {
    book.end('hyperglycaemia', `forecast-${device}`, timeMs, moment)
  }
}
