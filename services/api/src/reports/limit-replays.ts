import { DEFAULT_LIMITS, isNumericVital, PulsewireError, type Alarm } from '@pulsewire/contracts'
import {
  createLimitReplay,
  limitDelayOf,
  limitHysteresisOf,
  type LimitReplayReport,
  type LimitSide,
} from '@pulsewire/early-warning'
import type { TimeRange } from '@pulsewire/vitals-store'
import type { ApiContext } from '../context.ts'

const PAGE = 100_000
/** Every single value is read. */
export const LONGEST_REPLAY_MS = 7 * 24 * 3_600_000

export interface ReplayedRule {
  readonly limit: number
  readonly delayS: number
}

/** The rule in force and another one over the stored values of a patient's vital: unlike alarms, these tell of tighter rules too. */
export async function replayLimits(
  { store, registry }: Pick<ApiContext, 'store' | 'registry'>,
  query: TimeRange & {
    readonly patient: string
    readonly code: string
    readonly side: LimitSide
    readonly limit?: number | undefined
    readonly delayS?: number | undefined
  },
  alarms: readonly Alarm[],
): Promise<{
  /** Missing where the vital has no limit on this side now. */
  readonly present?: ReplayedRule & LimitReplayReport
  readonly candidate: ReplayedRule & LimitReplayReport
}> {
  const { patient, code, side, from, to } = query
  if (!isNumericVital(code)) throw new PulsewireError('PW_REQUEST_INVALID', `code: ${code} is no vital with a limit`)
  const inForce = (registry.state.patients.get(patient)?.entity.limits?.[code] ?? DEFAULT_LIMITS[code])?.[side]
  const wanted = query.limit ?? inForce
  if (wanted === undefined) {
    throw new PulsewireError('PW_REQUEST_INVALID', `limit: ${code} has no ${side} limit in force`)
  }
  const delayInForceS = limitDelayOf(code) / 1000
  const replayOf = (rule: ReplayedRule) => {
    const options = { delayMs: rule.delayS * 1000, hysteresis: limitHysteresisOf(code) }
    const replay = createLimitReplay(side === 'low' ? { low: rule.limit } : { high: rule.limit }, options)
    return {
      take: (timeMs: number, value: number) => replay.take(timeMs, value),
      report: () => ({ ...rule, ...replay.report(alarms) }),
    }
  }
  const candidate = replayOf({ limit: wanted, delayS: query.delayS ?? delayInForceS })
  const present = inForce === undefined ? undefined : replayOf({ limit: inForce, delayS: delayInForceS })
  let pageFrom: number | undefined = from
  while (pageFrom !== undefined && pageFrom < to) {
    const page: Awaited<ReturnType<typeof store.vitals>> = await store.vitals({
      patient,
      codes: [code],
      from: pageFrom,
      to,
      limit: PAGE,
    })
    for (const { time, value } of page.series.flatMap(({ points }) => points)) {
      if (typeof value !== 'number') continue
      candidate.take(time, value)
      present?.take(time, value)
    }
    pageFrom = page.next
  }
  return { ...(present === undefined ? {} : { present: present.report() }), candidate: candidate.report() }
}
