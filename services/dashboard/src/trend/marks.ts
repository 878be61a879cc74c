import type { Alarm, AlarmPriority } from '@pulsewire/contracts'
import type { Annotation } from '../annotations/notes.ts'
import { alarmTitle } from '../alarms/words.ts'

/** Something that is marked on the axis of time. */
export interface TrendMark {
  readonly key: string
  readonly at: number
  readonly until: number
  readonly kind: AlarmPriority | 'technical' | 'note'
  readonly title: string
}

/** Alarms and notes as marks, in order of time; an alarm that stands goes on to now. What was struck out is no mark. */
export function marksOf(alarms: readonly Alarm[], notes: readonly Annotation[], nowMs: number): TrendMark[] {
  const ofAlarms = alarms.map((alarm): TrendMark => ({
    key: alarm.id,
    at: alarm.onset,
    until: alarm.conditionEndedAt ?? alarm.endedAt ?? nowMs,
    kind: alarm.kind === 'technical' ? 'technical' : alarm.priority,
    title: alarmTitle(alarm),
  }))
  const ofNotes = notes
    .filter(({ struck }) => struck !== true)
    .map(({ id, at, until = at, text, by }): TrendMark => ({
      key: id,
      at,
      until,
      kind: 'note',
      title: `${text} (${by})`,
    }))
  return [...ofAlarms, ...ofNotes].sort((one, other) => one.at - other.at)
}

const WEIGHT: Readonly<Record<TrendMark['kind'], number>> = { high: 4, medium: 3, low: 2, note: 1, technical: 0 }

/** Marks that begin in one place of the axis, the weightiest first. */
export interface MarkGroup {
  readonly at: number
  readonly marks: readonly TrendMark[]
}

/** Marks that begin so close together that they cannot be told apart are one group. */
export function groupMarks(marks: readonly TrendMark[], closeMs: number): MarkGroup[] {
  const groups: { at: number; marks: TrendMark[] }[] = []
  for (const mark of marks) {
    const last = groups.at(-1)
    if (last !== undefined && mark.at - last.at < closeMs) last.marks.push(mark)
    else groups.push({ at: mark.at, marks: [mark] })
  }
  return groups.map(({ at, marks }) => ({
    at,
    marks: marks.toSorted((one, other) => WEIGHT[other.kind] - WEIGHT[one.kind]),
  }))
}

/** So many alarms and so many notes of one place are named. */
const NAMED = 4

/** What is marked in one place: the weightiest alarms, the newest notes (what somebody wrote is not hidden behind what machines say), how many in all. */
export function groupTitle(marks: readonly TrendMark[]): string {
  const isNote = ({ kind }: TrendMark) => kind === 'note'
  const alarms = marks.filter((mark) => !isNote(mark)).slice(0, NAMED)
  const notes = marks.filter(isNote).slice(-NAMED)
  const titles = [...alarms, ...notes].map(({ title }) => title).join(', ')
  return marks.length === 1 ? titles : `${titles}, ${marks.length} in all`
}
