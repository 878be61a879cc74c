import type { CoreItem } from '../types.ts'

/** Event time at which a message could be sent at the earliest: for a block of samples, that of its end. */
export function completeAt({ headers, uplink }: Extract<CoreItem, { kind: 'telemetry' }>): number {
  if (uplink.kind !== 'waveform') return headers.time
  const { rateHz, signals } = uplink.message
  return headers.time + ((signals[0]?.samples.length ?? 0) * 1000) / rateHz
}
