import type { LogPosition } from '@pulsewire/contracts'
import type { VitalsQuery, VitalsStore } from '../port.ts'
import { T0 } from '../testing/samples.ts'

/** The store of the test that runs now. */
export interface Subject {
  readonly store: VitalsStore
  /** Closes it and opens it again on the same data. */
  reopen(): Promise<void>
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
export const RANGE = { from: T0 - DAY_MS, to: T0 + DAY_MS }

export function telemetry(offset: number, partition = 0): LogPosition {
  return { topic: 'telemetry', partition, offset }
}

/** Heart rates of p1 as [ms after T0, value]. */
export async function heartRates(subject: Subject, query: Partial<VitalsQuery> = {}) {
  const answer = await subject.store.vitals({ patient: 'p1', codes: ['heartRate'], ...RANGE, ...query })
  return answer.series[0]?.points.map(({ time, value }) => [time - T0, value])
}
