/** A share with its 95 % interval (Wilson): a few judged alarms carry a wide one. */
export interface Share {
  readonly count: number
  readonly of: number
  readonly share?: number
  readonly low?: number
  readonly high?: number
}

export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of }
  const z = 1.96
  const p = count / of
  const middle = p + (z * z) / (2 * of)
  const spread = z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return {
    count,
    of,
    share: p,
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  }
}
