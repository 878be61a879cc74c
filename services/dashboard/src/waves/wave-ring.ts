/** The last seconds of one signal, addressed by the data's own time. What was never measured stays a gap (NaN). */
export interface WaveRing {
  readonly rateHz: number
  readonly unit: string
  /** Time just behind the newest sample, ms; 0 while empty. */
  newestMs(): number
  /** Puts samples where their time says; older than the ring's reach is left out. Returns the time of the first sample kept. */
  write(startMs: number, samples: readonly (number | null)[]): number | undefined
  /**
   * The lowest and highest value of the trace in `[fromMs, toMs)`, the trace being the straight lines between neighbouring samples;
   * `undefined` where nothing was measured. No smoothing: a spike of one sample is in its column.
   * @param into is filled and answered, where given: a drawing loop makes no garbage.
   */
  extent(fromMs: number, toMs: number, into?: Extent): Extent | undefined
  /** The values of the last `spanMs` before `untilMs`, gaps left out (for the choice of a scale). */
  values(untilMs: number, spanMs: number): number[]
}

export interface Extent {
  low: number
  high: number
}

/** @param seconds how much the ring holds. */
export function createWaveRing(rateHz: number, unit: string, seconds = 45): WaveRing {
  const capacity = Math.max(2, Math.ceil(rateHz * seconds))
  const data = new Float32Array(capacity).fill(Number.NaN)
  /** Absolute index of the sample behind the newest. */
  let next = 0

  const indexOf = (ms: number) => (ms * rateHz) / 1000
  const at = (index: number): number =>
    index >= next || index < next - capacity ? Number.NaN : (data[index % capacity] ?? Number.NaN)

  /** The trace's value at a fractional index: NaN unless both neighbours were measured. */
  const between = (position: number): number => {
    const before = Math.floor(position)
    const share = position - before
    const left = at(before)
    return share === 0 ? left : left + (at(before + 1) - left) * share
  }

  return {
    rateHz,
    unit,
    newestMs: () => (next === 0 ? 0 : (next * 1000) / rateHz),
    write(startMs, samples) {
      let first = Math.round(indexOf(startMs))
      // Block lengths that are no whole number of milliseconds must not open one-sample gaps.
      if (next > 0 && Math.abs(first - next) === 1) first = next
      const end = first + samples.length
      if (samples.length === 0 || end <= next - capacity) return undefined
      if (end > next) {
        const clearFrom = next === 0 ? end - capacity : Math.max(next, end - capacity)
        for (let index = clearFrom; index < end; index += 1) data[index % capacity] = Number.NaN
        next = end
      }
      const oldest = Math.max(first, next - capacity)
      for (let index = oldest; index < end; index += 1) data[index % capacity] = samples[index - first] ?? Number.NaN
      return (oldest * 1000) / rateHz
    },
    extent(fromMs, toMs, into = { low: 0, high: 0 }) {
      const from = indexOf(fromMs)
      const to = indexOf(toMs)
      const first = between(from)
      const last = between(to)
      let low = Number.POSITIVE_INFINITY
      let high = Number.NEGATIVE_INFINITY
      // What is NaN compares as neither.
      if (first < low) low = first
      if (first > high) high = first
      for (let index = Math.ceil(from); index < to; index += 1) {
        const value = at(index)
        if (value < low) low = value
        if (value > high) high = value
      }
      if (last < low) low = last
      if (last > high) high = last
      if (low > high) return undefined
      into.low = low
      into.high = high
      return into
    },
    values(untilMs, spanMs) {
      const until = Math.min(next, Math.floor(indexOf(untilMs)))
      const values: number[] = []
      for (let index = Math.max(0, Math.ceil(indexOf(untilMs - spanMs))); index < until; index += 1) {
        const value = at(index)
        if (!Number.isNaN(value)) values.push(value)
      }
      return values
    },
  }
}
