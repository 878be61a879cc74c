import { sum } from '../score/statistics.ts'
import type { QualityResult } from '../tasks/quality-job.ts'
import { percent, type Row } from './rows.ts'

export const QUALITY_NOISES = ['muscle', 'electrode'] as const
export const QUALITY_SNRS_DB = [24, 18, 12, 6, 0] as const

/** What the reason `noise` says of modelled noises, held against where beats are missed or invented. */
export function qualityRows(results: readonly QualityResult[]): Row[] {
  return QUALITY_NOISES.flatMap((kind) =>
    QUALITY_SNRS_DB.map((snrDb): Row => {
      const of = results.filter(({ noise }) => noise.kind === kind && noise.snrDb === snrDb)
      const total = (which: 'noisy' | 'others', what: 'seconds' | 'beats' | 'errors') => sum(of, (each) => each[which][what]) // prettier-ignore
      const share = (half?: boolean): string => {
        const own = of.filter(({ ref }) => half === undefined || ref.tuned === half)
        const noisy = sum(own, (each) => each.noisy.seconds)
        return percent(noisy / (noisy + sum(own, (each) => each.others.seconds)), 1)
      }
      const errorsIn = (which: 'noisy' | 'others'): string => `${total(which, 'errors')} of ${total(which, 'beats')} beats (${percent(total(which, 'errors') / total(which, 'beats'), 2)})` // prettier-ignore
      return {
        group: 'quality',
        what: `modelled ${kind} noise, ${snrDb} dB: seconds called noisy, %`,
        on: `mitdb, first 3 min of ${of.length}`,
        reached: share(),
        tuned: share(true),
        heldOut: share(false),
        note: `beats missed or invented in them: ${errorsIn('noisy')}; in the others: ${errorsIn('others')}`,
      }
    }),
  )
}
