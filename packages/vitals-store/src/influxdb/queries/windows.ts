import { PulsewireError } from '@pulsewire/contracts'
import type { Aggregate, TimeRange, VitalsQuery } from '../../port.ts'
import { calendarWindows } from '../../shared/calendar-windows.ts'
import { compare, type CodedPoint } from './vitals.ts'

/** The points of one code in one window, in order of time. */
type Window = readonly Pick<CodedPoint, 'time' | 'value'>[]

const NUMBERS: Record<Aggregate, (values: readonly number[]) => number> = {
  mean: (values) => sumOf(values) / values.length,
  min: (values) => values.reduce((least, value) => Math.min(least, value), Infinity),
  max: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity),
  median: (values) => medianOf(values),
  count: (values) => values.length,
  first: (values) => values[0] ?? Number.NaN,
  last: (values) => values.at(-1) ?? Number.NaN,
  sum: sumOf,
  stddev: (values) => {
    if (values.length === 1) return 0
    const mean = sumOf(values) / values.length
    return Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1))
  },
}

/** Points in order of time, aggregated over the windows of a query; windows without any are left out. In order of time. */
export function downsample(points: readonly CodedPoint[], query: VitalsQuery): CodedPoint[] {
  const data = { from: points[0]?.time ?? 0, to: (points.at(-1)?.time ?? 0) + 1 }
  const startOf = windowStarts(data, query)
  const windows = new Map<string, { code: string; time: number; points: CodedPoint[] }>()
  for (const point of points) {
    const time = startOf(point.time)
    const key = `${point.code}\0${time}`
    const known = windows.get(key)
    if (known === undefined) windows.set(key, { code: point.code, time, points: [point] })
    else known.points.push(point)
  }
  return [...windows.values()]
    .map(({ code, time, points: some }) => ({ code, device: '', time, value: aggregate(some, query.fn ?? 'mean') }))
    .sort((one, other) => one.time - other.time || compare(one.code, other.code))
}

/** Words have no mean: all but first, last and count answer their last. */
function aggregate(window: Window, fn: Aggregate): number | string {
  if (fn === 'count') return window.length
  const numbers = window.flatMap(({ value }) => (typeof value === 'number' ? [value] : []))
  if (numbers.length > 0) return NUMBERS[fn](numbers)
  return (fn === 'first' ? window[0] : window.at(-1))?.value ?? Number.NaN
}

/** The start of the window that a time belongs to, for times within `data` that come in order. */
export function windowStarts(data: TimeRange, { every, from }: VitalsQuery): (time: number) => number {
  if (every === undefined) return () => Math.ceil(from)
  if ('ms' in every) {
    const { ms } = every
    if (!Number.isSafeInteger(ms) || ms < 1) {
      throw new PulsewireError('PW_REQUEST_INVALID', 'every is not a positive integer')
    }
    return (time) => Math.floor(time / ms) * ms
  }
  const starts = calendarWindows(data, every.days, every.timeZone)
  let index = 0
  return (time) => {
    for (; (starts[index + 1] ?? Infinity) <= time; index++);
    return starts[index] ?? time
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
