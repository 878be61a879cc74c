import type { Disturbance } from '../model/disturbed-lead.ts'
import { sum } from '../score/statistics.ts'
import type { TogetherResult } from '../tasks/together-job.ts'
import { both, bothWithIntervals, errors } from './beat-rows.ts'
import type { Row } from './rows.ts'

/** What is done to one of two leads. */
export const DISTURBANCES: readonly Disturbance[] = [
  { kind: 'muscle', snrDb: 6 },
  { kind: 'electrode', snrDb: 6 },
  { kind: 'electrode', snrDb: 0 },
  { kind: 'flat' },
  { kind: 'lost' },
  { kind: 'turned' },
  { kind: 'saturated' },
]
const WORDS: Readonly<Record<Disturbance['kind'], string>> = {
  muscle: 'modelled muscle noise',
  electrode: 'modelled electrode noise',
  flat: 'flat every other minute',
  lost: 'at 2 % of its height every other minute',
  turned: 'turned over every other minute',
  saturated: 'at its rail every other minute',
}

function nameOf(disturbance: Disturbance | undefined): string {
  if (disturbance === undefined) return ''
  const size = 'snrDb' in disturbance ? `, ${disturbance.snrDb} dB` : ''
  return `, the first of them ${WORDS[disturbance.kind]}${size}`
}

/** Beats of two leads together, as the whole chain says them. */
export function togetherRows(results: readonly TogetherResult[]): Row[] {
  const names = [...new Set(results.map(({ disturbance }) => nameOf(disturbance)))]
  const row = (name: string, window: 'within150' | 'within50'): Row => {
    const of = results.filter(({ disturbance }) => nameOf(disturbance) === name)
    const half = (tuned: boolean) => of.filter(({ ref }) => ref.tuned === tuned).map((each) => each[window])
    const counts = of.map((each) => each[window])
    const stretch = name === '' ? '' : 'first 10 min of '
    return {
      group: 'qrs',
      what: `QRS, two leads${name}${window === 'within150' ? '' : ', ±50 ms'}: Se / +P`,
      on: `mitdb, ${stretch}${counts.length} records, ${sum(counts, ({ tp, fn }) => tp + fn)} beats`,
      reached: bothWithIntervals(counts, `together ${name} ${window}`),
      tuned: both(half(true)),
      heldOut: both(half(false)),
      note: errors(counts),
    }
  }
  return names.flatMap((name) =>
    name === '' ? [row(name, 'within150'), row(name, 'within50')] : [row(name, 'within150')],
  )
}
