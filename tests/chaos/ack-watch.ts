const BUCKET_MS = 50

/** When messages were acknowledged: what devices feel of an outage. */
export interface AckWatch {
  note(): void
  /** The longest time without any PUBACK in `[from, from + withinMs)` (performance clock). */
  longestPauseMs(from: number, withinMs: number): number
}

export function createAckWatch(): AckWatch {
  const buckets: number[] = []
  return {
    note: () => {
      const bucket = Math.floor(performance.now() / BUCKET_MS)
      if (buckets.at(-1) !== bucket) buckets.push(bucket)
    },
    longestPauseMs: (from, withinMs) => {
      const first = Math.floor(from / BUCKET_MS)
      const last = Math.floor((from + withinMs) / BUCKET_MS)
      let before = first
      let longest = 0
      for (const bucket of [...buckets.filter((each) => each >= first && each < last), last]) {
        longest = Math.max(longest, bucket - before)
        before = bucket
      }
      return longest * BUCKET_MS
    },
  }
}
