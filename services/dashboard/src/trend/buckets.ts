/** Aligned columns as the chart wants them: times (seconds) and, for each code, a value or a gap at each time. */
export interface TrendTable {
  times: number[]
  columns: (number | null)[][]
}

/** A trend in buckets of equal length: what the store answered, carried on by what comes live. */
export interface TrendBuckets {
  /** Points of the store, one a bucket; they replace what is there. */
  load(code: string, points: readonly (readonly [number, number | string])[]): void
  /** A live value; the bucket shows the mean of its values. A value that is already there (same time or older) is left out. */
  add(code: string, timeMs: number, value: number): void
  table(nowMs: number): TrendTable
}

interface Bucket {
  sum: number
  count: number
}

export function createTrendBuckets(codes: readonly string[], everyMs: number, spanMs: number): TrendBuckets {
  const series = new Map(codes.map((code) => [code, { buckets: new Map<number, Bucket>(), newest: 0 }]))
  const bucketAt = (timeMs: number) => Math.floor(timeMs / everyMs)
  return {
    load(code, points) {
      const known = series.get(code)
      if (!known) return
      for (const [time, value] of points) {
        if (typeof value === 'number') known.buckets.set(bucketAt(time), { sum: value, count: 1 })
      }
    },
    add(code, timeMs, value) {
      const known = series.get(code)
      if (!known || timeMs <= known.newest) return
      known.newest = timeMs
      const at = bucketAt(timeMs)
      const bucket = known.buckets.get(at) ?? { sum: 0, count: 0 }
      known.buckets.set(at, { sum: bucket.sum + value, count: bucket.count + 1 })
    },
    table(nowMs) {
      const last = bucketAt(nowMs)
      const first = bucketAt(nowMs - spanMs) + 1
      const times = Array.from({ length: last - first + 1 }, (_, i) => ((first + i) * everyMs) / 1000)
      const columns = codes.map((code) => {
        const buckets = series.get(code)?.buckets
        return times.map((_, i) => {
          const bucket = buckets?.get(first + i)
          return bucket ? bucket.sum / bucket.count : null
        })
      })
      for (const { buckets } of series.values()) {
        for (const at of buckets.keys()) if (at < first) buckets.delete(at)
      }
      return { times, columns }
    },
  }
}

/** The spans that a trend can show, and how long a bucket of each is. */
export const TREND_SPANS = [
  { hours: 1, everyS: 15 },
  { hours: 4, everyS: 60 },
  { hours: 12, everyS: 180 },
  { hours: 24, everyS: 300 },
] as const
