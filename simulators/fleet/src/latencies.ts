export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Bins grow by a fiftieth each, from 10 µs to some hours: a percentile is off by 1 % at most, whatever the number of durations. */
const GROWTH = 1.02
const LEAST_MS = 0.01
const BINS = 1_100

/** Durations, ms, in bins of a constant ratio. */
export interface Latencies {
  add(ms: number): void
  percentiles(): Percentiles
  /** Forgets what was added. */
  clear(): void
}

export function createLatencies(): Latencies {
  const bins = new Float64Array(BINS)
  const scale = 1 / Math.log(GROWTH)
  let count = 0
  let max = 0

  const atRank = (rank: number): number => {
    let passed = 0
    for (let bin = 0; bin < BINS; bin++) {
      passed += bins[bin] ?? 0
      if (passed > rank) return Math.min(max, LEAST_MS * GROWTH ** (bin + 0.5))
    }
    return max
  }

  return {
    add(ms) {
      const bin = ms <= LEAST_MS ? 0 : Math.min(BINS - 1, Math.floor(Math.log(ms / LEAST_MS) * scale))
      bins[bin] = (bins[bin] ?? 0) + 1
      count += 1
      if (ms > max) max = ms
    },
    percentiles: () => ({ count, p50: atRank(count * 0.5), p99: atRank(count * 0.99), max }),
    clear() {
      bins.fill(0)
      count = 0
      max = 0
    },
  }
}
