import type { Group } from '../run/plan.ts'
import type { Result } from '../run/jobs.ts'
import type { ChainScore } from '../tasks/chain-job.ts'
import type { LeadResult } from '../tasks/lead-job.ts'
import { ventricularCounts } from '../score/beat-classes.ts'
import { readChallenge2017 } from '../sources/labels.ts'
import { classRows, noiseRows, qrsRows } from './beat-rows.ts'
import type { PageSection } from './page.ts'
import { atrialRows, challengeRows, falseAlarmRows, fibrillationRows } from './rhythm-rows.ts'
import { pulseRows } from './pulse-rows.ts'
import { recordTable, type Table } from './record-table.ts'
import type { Row } from './rows.ts'
import { qualityRows } from './quality-rows.ts'
import { togetherRows } from './together-rows.ts'
import { infarctionRows, stRows } from './st-rows.ts'

function ofKind<K extends Result['kind']>(results: readonly Result[], kind: K): Extract<Result, { kind: K }>[] {
  return results.filter((result): result is Extract<Result, { kind: K }> => result.kind === kind)
}

/** The table of some groups, in the order of the goals. Speed is measured apart. */
export async function rowsOf(
  results: readonly Result[],
  groups: readonly Group[],
  dataDirectory: string,
): Promise<Row[]> {
  const leads = ofKind(results, 'lead')
  const chains = ofKind(results, 'chain')
  const wants = (group: Group): boolean => groups.includes(group)
  return [
    ...(wants('qrs') ? [...qrsRows(leads), ...togetherRows(ofKind(results, 'together'))] : []),
    ...(wants('noise') ? noiseRows(ofKind(results, 'noise')) : []),
    ...(wants('quality') ? qualityRows(ofKind(results, 'quality')) : []),
    ...(wants('beats') ? classRows(leads) : []),
    ...(wants('af') ? atrialRows(leads, await readChallenge2017(dataDirectory)) : []),
    ...(wants('vf') ? fibrillationRows(leads, chains) : []),
    ...(wants('vt-alarms') ? challengeRows(chains) : []),
    ...(wants('pulse') ? pulseRows(chains) : []),
    ...(wants('st') ? stRows(ofKind(results, 'st'), ofKind(results, 'course')) : []),
    ...(wants('infarction') ? infarctionRows(ofKind(results, 'twelve-lead')) : []),
    ...(wants('false-alarms') ? falseAlarmRows(chains) : []),
  ]
}

const SHOWN_RECORDS = 8
const SHOWN_ALARMS = 24

/** Strips of the worst records. */
export function sectionsOf(results: readonly Result[]): PageSection[] {
  const badness = ({ beats }: LeadResult): number => {
    if (beats === undefined) return 0
    const { fp, fn } = ventricularCounts(beats.classes)
    return beats.within150.fp + beats.within150.fn + (beats.isPaced ? 0 : fp + fn)
  }
  const worst = ofKind(results, 'lead')
    .filter((result) => badness(result) > 0)
    .toSorted((a, b) => badness(b) - badness(a))
    .slice(0, SHOWN_RECORDS)
  const chains = ofKind(results, 'chain')
  const alarms = (wanted: (chain: ChainScore) => boolean) =>
    chains.filter(wanted).flatMap(({ excerpts }) => excerpts).slice(0, SHOWN_ALARMS) // prettier-ignore
  const sections = [
    {
      title: 'Beats: the worst records',
      text: 'Where most beats are missed, invented or of the wrong class (red): letters of the reference above, ours below.',
      excerpts: worst.flatMap(({ excerpts }) => excerpts),
    },
    {
      title: 'Challenge 2015: alarms decided wrongly',
      text: 'The last twelve seconds before the alarm; findings that stood then, below.',
      excerpts: alarms(({ alarm }) => alarm !== undefined),
    },
    {
      title: 'False alarms of high priority',
      text: 'Twelve seconds before each rang.',
      excerpts: alarms(({ alarm }) => alarm === undefined),
    },
  ]
  return sections.filter(({ excerpts }) => excerpts.length > 0)
}

/** Each record's own figures, of one lead. */
export function recordsOf(results: readonly Result[]): Table {
  return recordTable(ofKind(results, 'lead'))
}
