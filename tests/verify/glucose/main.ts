// How well the 20-minute forecast of glucose does on subjects that it was not fitted on (Hall 2018, Dexcom G4, 5 min):
//   npx tsx tests/verify/glucose/main.ts [--data DIR]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  createGlucoseState,
  glucoseChanges,
  isLowComing,
  isSteepLowComing,
  GLUCOSE_HORIZON_MS,
  GLUCOSE_WEIGHTS,
  stepGlucose,
  type GlucoseForecast,
} from '@pulsewire/early-warning'

const { values } = parseArgs({ options: { data: { type: 'string', default: '../shared/data' } } })
const FILE = join(values.data, 'cgm-hall2018', 'example_data_hall.csv')
const LOW_MG_DL = 70
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

type Series = readonly (readonly [timeMs: number, mgDl: number])[]

function subjects(): Map<string, Series> {
  const bySubject = new Map<string, [number, number][]>()
  for (const line of readFileSync(FILE, 'utf8').trim().split('\n').slice(1)) {
    const [, subject = '', time = '', level] = line.replaceAll('"', '').split(',')
    const readings = bySubject.get(subject) ?? []
    bySubject.set(subject, readings)
    readings.push([Date.parse(`${time.replace(' ', 'T')}Z`), Number(level)])
  }
  return bySubject
}

interface Case {
  readonly changes: readonly number[]
  readonly now: number
  readonly timeMs: number
  /** What it was 20 minutes later. */
  readonly later: number | undefined
  /** What the package forecasts. */
  readonly forecast: GlucoseForecast | undefined
}

function casesOf(series: Series): Case[] {
  const state = createGlucoseState()
  return series.flatMap(([timeMs, now]) => {
    const forecast = stepGlucose(state, timeMs, now)
    const changes = glucoseChanges(state)
    const later = series.find(([other]) => Math.abs(other - timeMs - GLUCOSE_HORIZON_MS) <= MINUTE_MS)?.[1]
    return changes === undefined ? [] : [{ changes, now, timeMs, later, forecast }]
  })
}

/** Least squares by the normal equations. */
function fit(cases: readonly Case[]): number[] {
  const size = GLUCOSE_WEIGHTS.length
  const rows = Array.from({ length: size }, () => Array.from({ length: size + 1 }, () => 0))
  for (const { changes, now, later } of cases) {
    if (later === undefined) continue
    rows.forEach((row, i) => {
      for (let j = 0; j < size; j++) row[j] = (row[j] ?? 0) + (changes[i] ?? 0) * (changes[j] ?? 0)
      row[size] = (row[size] ?? 0) + (changes[i] ?? 0) * (later - now)
    })
  }
  for (const [pivot, row] of rows.entries()) {
    const scale = row[pivot] ?? 1
    row.forEach((cell, column) => (row[column] = cell / scale))
    for (const [other, target] of rows.entries()) {
      if (other === pivot) continue
      const factor = target[pivot] ?? 0
      target.forEach((cell, column) => (target[column] = cell - factor * (row[column] ?? 0)))
    }
  }
  return rows.map((row) => row[size] ?? 0)
}

const rmse = (errors: readonly number[]): number =>
  Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)

type Rule = 'forecast' | 'last value' | 'straight line'
type Warning = Rule | 'both forecasts'
const RULES: readonly Rule[] = ['forecast', 'last value', 'straight line']

function ruled(rule: Rule, { changes, now, forecast }: Case): number {
  if (rule === 'last value' || forecast === undefined) return now
  return rule === 'forecast' ? forecast.mgDl : now + 4 * (changes[0] ?? 0)
}

function errorsBy(cases: readonly Case[], rule: Rule): number[] {
  return cases.flatMap((one) => (one.later === undefined ? [] : [one.later - ruled(rule, one)]))
}

/** Below 70 for three readings (15 minutes), after an hour without. */
function lows(series: Series): number[] {
  const starts: number[] = []
  let lastLowMs = -Infinity
  series.forEach(([timeMs, level], index) => {
    if (level >= LOW_MG_DL) return
    const stays = series.slice(index, index + 3).every(([, later]) => later < LOW_MG_DL)
    if (stays && timeMs - lastLowMs > 60 * MINUTE_MS) starts.push(timeMs)
    lastLowMs = timeMs
  })
  return starts
}

interface Warned {
  readonly events: number
  readonly leadsMin: readonly number[]
  readonly falseWarnings: number
  readonly days: number
}

function isWarned(one: Case, rule: Warning, below: number): boolean {
  const { forecast } = one
  if (rule === 'both forecasts') return forecast !== undefined && isSteepLowComing(forecast, below)
  return rule === 'forecast' ? forecast !== undefined && isLowComing(forecast, below) : ruled(rule, one) < below
}

/** A warning goes on while it comes again within half an hour; what is followed by a low within 40 minutes is true. */
function warnings(series: Series, rule: Warning, below: number): Warned {
  const spans: { from: number; to: number }[] = []
  for (const one of casesOf(series)) {
    const { timeMs } = one
    if (!isWarned(one, rule, below)) continue
    const last = spans.at(-1)
    if (last === undefined || timeMs - last.to > 30 * MINUTE_MS) spans.push({ from: timeMs, to: timeMs })
    else last.to = timeMs
  }
  const starts = lows(series)
  const lowTimes = series.filter(([, level]) => level < LOW_MG_DL).map(([timeMs]) => timeMs)
  const leadsMin = starts.flatMap((start) => {
    const span = spans.find(({ from, to }) => from < start && to >= start - 20 * MINUTE_MS)
    return span === undefined ? [] : [(start - span.from) / MINUTE_MS]
  })
  const falseWarnings = spans.filter(
    ({ from, to }) => !lowTimes.some((low) => low >= from - 15 * MINUTE_MS && low <= to + 40 * MINUTE_MS),
  ).length
  const days = ((series.at(-1)?.[0] ?? 0) - (series[0]?.[0] ?? 0)) / DAY_MS
  return { events: starts.length, leadsMin, falseWarnings, days }
}

const all = [...subjects()].toSorted(([a], [b]) => (a < b ? -1 : 1))
const tuning = all.filter((_, index) => index % 2 === 0)
const held = all.filter((_, index) => index % 2 === 1)
const fitted = fit(tuning.flatMap(([, series]) => casesOf(series)))
console.log(`fitted on ${tuning.map(([name]) => name).join(' ')}: ${fitted.map((w) => w.toFixed(2)).join(' ')}`)
console.log(`in the package: ${GLUCOSE_WEIGHTS.join(' ')}`)

console.log('\nRMSE, mg/dL, 20 minutes ahead    forecast  last value  straight line    n')
const report = (name: string, cases: readonly Case[]): void => {
  const errors = RULES.map((rule) => errorsBy(cases, rule))
  const cells = errors.map((ofRule) => rmse(ofRule).toFixed(1).padStart(10))
  console.log(`${name.padEnd(32)} ${cells.join('  ')}  ${errors[0]?.length ?? 0}`)
}
for (const [name, series] of held) report(name, casesOf(series))
report(
  'tuned on',
  tuning.flatMap(([, series]) => casesOf(series)),
)
report(
  'held out',
  held.flatMap(([, series]) => casesOf(series)),
)
const below100 = held.flatMap(([, series]) => casesOf(series)).filter(({ now }) => now < 100)
report('held out, now below 100', below100)

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? NaN
console.log('\nwarning of a low (< 70 for 15 min)   events  warned before  median lead min  false/day')
const sides = [['tuned on', tuning], ['held out', held]] as const // prettier-ignore
for (const [group, members] of sides) {
  for (const [rule, below] of [
    ['forecast', 70] as const,
    ['both forecasts', 70] as const,
    ...[70, 72, 74, 76, 78, 80, 85].map((limit) => ['last value', limit] as const),
    ['straight line', 70] as const,
  ]) {
    const results = members.map(([, series]) => warnings(series, rule, below))
    const events = results.reduce((sum, { events: count }) => sum + count, 0)
    const leads = results.flatMap(({ leadsMin }) => leadsMin).toSorted((a, b) => a - b)
    const wrong = results.reduce((sum, { falseWarnings }) => sum + falseWarnings, 0)
    const days = results.reduce((sum, { days: count }) => sum + count, 0)
    const cells = [events, leads.length, median(leads).toFixed(0), (wrong / days).toFixed(2)]
    console.log(`${group}, ${rule} < ${below}`.padEnd(36), cells.map((cell) => String(cell).padStart(10)).join('  '))
  }
}
