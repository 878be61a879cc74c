export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The last so many durations, ms. */
export function createLatencies(capacity = 200_000): { add(ms: number): void; percentiles(): Percentiles } {
  const values = new Float64Array(capacity)
  let count = 0
  return {
    add(ms) {
      values[count % capacity] = ms
      count += 1
    },
    percentiles() {
      const sorted = values.slice(0, Math.min(count, capacity)).sort()
      const at = (fraction: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0
      return { count, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }
    },
  }
}
