import { ventricularCounts } from '../score/beat-classes.ts'
import { confusionOf } from '../score/spans.ts'
import { share } from '../score/statistics.ts'
import type { LeadResult } from '../tasks/lead-job.ts'
import { percent } from './rows.ts'

/** A table of plain cells. */
export interface Table {
  readonly head: readonly string[]
  readonly body: readonly (readonly string[])[]
}

/** Every record's own figures: the gross ones hide who they come from. */
export function recordTable(results: readonly LeadResult[]): Table {
  const head = ['record', 'lead', 'half', 'QRS Se', 'QRS +P', 'FP', 'FN', '±50 ms FP', '±50 ms FN', 'V: TP', 'V: FN', 'V: FP', 'AF: missed s', 'AF: false s', 'VF windows: missed', 'VF windows: false'] // prettier-ignore
  const scored = results.filter(({ beats, atrialFibrillation: af, fibrillation }) => (beats ?? af ?? fibrillation) !== undefined) // prettier-ignore
  return { head, body: scored.map((result) => rowOf(result)) }
}

function rowOf({ ref, lead, beats, atrialFibrillation, fibrillation }: LeadResult): string[] {
  const row = [`${ref.database}/${ref.name}`, lead, ref.tuned ? 'tuned on' : 'held out']
  if (beats === undefined) row.push('', '', '', '', '', '', '', '', '')
  else {
    const { tp, fp, fn } = beats.within150
    const ventricular = ventricularCounts(beats.classes)
    const classes = [ventricular.tp, ventricular.fn, ventricular.fp].map(String)
    row.push(percent(share(tp, tp + fn)), percent(share(tp, tp + fp)), String(fp), String(fn))
    row.push(String(beats.within50.fp), String(beats.within50.fn))
    row.push(...(beats.isPaced ? ['paced', '', ''] : classes))
  }
  const { fnS, fpS } = atrialFibrillation ?? {}
  row.push(fnS?.toFixed(0) ?? '', fpS?.toFixed(0) ?? '')
  const windows = fibrillation === undefined ? undefined : confusionOf(fibrillation.verdicts)
  row.push(String(windows?.fn ?? ''), String(windows?.fp ?? ''))
  return row
}
