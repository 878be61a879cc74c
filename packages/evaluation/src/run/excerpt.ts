import type { WfdbRecord } from '@pulsewire/wfdb'
import { physical } from '../sources/databases.ts'

/** A strip of a record with the reference's marks and ours: what a page draws. */
export interface Excerpt {
  readonly title: string
  readonly fromS: number
  readonly toS: number
  readonly traces: readonly {
    readonly name: string
    readonly unit: string
    readonly values: readonly (number | null)[]
  }[]
  readonly reference: readonly Mark[]
  readonly found: readonly Mark[]
  /** Moments that the strip is shown for. */
  readonly errorsS: readonly number[]
}

export interface Mark {
  readonly atS: number
  readonly text: string
  /** A stretch, from `atS`. */
  readonly toS?: number
}

const POINTS_PER_S = 100
const MAX_TRACES = 3

/** About 100 points a second, each the sample that is furthest from the middle of its stretch: peaks stay. */
function thin(values: Float64Array, rateHz: number): (number | null)[] {
  const step = Math.max(1, Math.round(rateHz / POINTS_PER_S))
  const points: (number | null)[] = []
  for (let from = 0; from < values.length; from += step) {
    const part = values.subarray(from, from + step)
    const known = part.filter((value) => !Number.isNaN(value))
    const middle = known.reduce((sum, value) => sum + value, 0) / known.length
    let best = known[0] ?? Number.NaN
    for (const value of known) if (Math.abs(value - middle) > Math.abs(best - middle)) best = value
    points.push(Number.isNaN(best) ? null : Math.round(best * 1000) / 1000)
  }
  return points
}

export function excerptOf(
  record: WfdbRecord,
  strip: { fromS: number; toS: number; signals?: readonly string[]; title: string; errorsS: readonly number[] },
  reference: readonly Mark[],
  found: readonly Mark[],
): Excerpt {
  const { fromS, toS, title, errorsS, signals } = strip
  const shown = record.signals
    .filter(({ name, samplesPerFrame }) => samplesPerFrame === undefined && signals?.includes(name) !== false)
    .slice(0, MAX_TRACES)
  const isInside = (mark: Mark): boolean => mark.atS < toS && (mark.toS ?? mark.atS) > fromS
  return {
    title,
    fromS,
    toS,
    traces: shown.map((signal) => {
      const samples = signal.samples.subarray(Math.round(fromS * record.rateHz), Math.round(toS * record.rateHz))
      return { name: signal.name, unit: signal.unit, values: thin(physical({ ...signal, samples }), record.rateHz) }
    }),
    reference: reference.filter(isInside),
    found: found.filter(isInside),
    errorsS: errorsS.filter((errorS) => errorS >= fromS && errorS <= toS),
  }
}
