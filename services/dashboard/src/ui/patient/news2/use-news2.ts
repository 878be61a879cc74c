import { useMemo } from 'preact/hooks'
import { range } from '../../../api/client.ts'
import {
  type HandEntry,
  type News2Column,
  NEWS2_CODES,
  NEWS2_LOOK_BACK_MS,
  type ObservedSeries,
  columnTimes,
  news2Columns,
} from '../../../news2/observations.ts'
import { useStation } from '../../hooks.ts'
import { usePast } from '../use-past.ts'

/** What the detector scores is steady: the median of a minute. */
const WINDOW = '1m'

interface Observed {
  readonly series: ObservedSeries
  readonly entries: readonly HandEntry[]
}

/** The columns of the observation chart over `[fromMs, toMs]`, one each `stepMs` and one for each entry by hand. */
export function useNews2(
  patient: string,
  spo2Scale: 1 | 2,
  { fromMs, toMs, stepMs }: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
): { columns: readonly News2Column[]; problem: string; isLoading: boolean } {
  const station = useStation()
  const past = usePast(`${patient} ${fromMs} ${toMs}`, async (): Promise<Observed> => {
    const path = { id: patient }
    const query = { ...range(fromMs - NEWS2_LOOK_BACK_MS, toMs), every: WINDOW, fn: 'median' as const }
    const [vitals, { actions }] = await Promise.all([
      station.api.call('GET /patients/{id}/vitals', { path, query: { ...query, codes: NEWS2_CODES.join(',') } }),
      station.api.call('GET /patients/{id}/events', { path, query: range(fromMs, toMs) }),
    ])
    const series = Object.fromEntries(Object.entries(vitals.series).map(([code, { points }]) => [code, points]))
    const entries = actions.flatMap((action): HandEntry[] =>
      action.type === 'observation' ? [{ timeMs: action.observedAt, by: action.by }] : [],
    )
    return { series, entries }
  })
  const columns = useMemo(
    () =>
      past.value === undefined
        ? []
        : news2Columns(past.value.series, columnTimes(fromMs, toMs, stepMs, past.value.entries), spo2Scale),
    [past.value, spo2Scale, stepMs],
  )
  return { columns, problem: past.problem, isLoading: past.isLoading }
}
