import type { Group } from '../run/plan.ts'
import type { Row } from './rows.ts'

/** What was to be reached, in the order in which it was asked for. */
interface Goal {
  readonly what: string
  readonly group: Group
  /** Which of the group's rows with a goal; all of them where absent. */
  readonly of?: RegExp
  /** What tells several rows of one goal apart: the first group of the expression, looked for in `what` and `on`. */
  readonly by?: RegExp
}

const GOALS: readonly Goal[] = [
  { what: 'QRS, one lead, gross: Se / +P', group: 'qrs' },
  { what: 'QRS under noise at 12 dB: Se / +P', group: 'noise', by: /(baseline wander|muscle|electrode)/ },
  { what: 'ventricular beats: Se / +P', group: 'beats' },
  { what: 'atrial fibrillation by duration: Se / Sp', group: 'af', of: /duration/ },
  { what: 'atrial fibrillation of 30 s, hand-held: F1', group: 'af', of: /F1/ },
  { what: 'ventricular fibrillation, 8-s windows: Se / Sp', group: 'vf', of: /windows: Se/ },
  { what: 'lethal rhythms ring in time', group: 'vf', of: /rings/, by: /(.*)/ },
  { what: 'ventricular tachycardia alarms: true kept / false suppressed', group: 'vt-alarms' },
  { what: 'ST level at 20 dB', group: 'st', of: /level/ },
  { what: 'acute courses ring, and what is none does not', group: 'st', of: /rings/, by: /^([^:]*)/ },
  { what: 'acute criteria: specificity', group: 'infarction', by: /(normal|confounders)/ },
  { what: 'false alarms of high priority', group: 'false-alarms' },
  { what: 'speed, whole chain, one lead', group: 'speed' },
]

/** One row a goal: met where all of its parts are. Goals of groups that were not evaluated are left out. */
export function goalRows(rows: readonly Row[], groups: readonly Group[]): Row[] {
  return GOALS.filter(({ group }) => groups.includes(group)).map(({ what, group, of, by }) => {
    const parts = rows.filter((row) => row.group === group && row.goal !== undefined && of?.test(row.what) !== false)
    const labelOf = (row: Row): string => (parts.length > 1 ? `${by?.exec(row.what)?.[1] ?? row.on}: ` : '')
    const joined = (cell: (row: Row) => string | undefined): string =>
      parts.flatMap((row) => cell(row) ?? []).length === 0
        ? ''
        : parts.map((row) => labelOf(row) + (cell(row) ?? '–')).join('; ')
    const once = (cell: (row: Row) => string | undefined): string => [...new Set(parts.flatMap((row) => cell(row) ?? []))].join('; ') // prettier-ignore
    return {
      group,
      what,
      on: once(({ on }) => on),
      reached: parts.length === 0 ? 'nothing of it was evaluated' : joined(({ reached }) => reached),
      tuned: joined(({ tuned }) => tuned),
      heldOut: joined(({ heldOut }) => heldOut),
      goal: once(({ goal }) => goal),
      met: parts.length > 0 && parts.every(({ met }) => met === true),
      toBeat: once(({ toBeat }) => toBeat),
    }
  })
}
