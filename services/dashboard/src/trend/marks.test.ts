import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import { groupMarks, groupTitle, marksOf } from './marks.ts'

const note = { id: 'n', version: 1, at: 150, text: 'walks', category: 'activity' as const, patient: 'p1', by: 'ann', enteredAt: 160, earlier: [] } // prettier-ignore

describe('marks on the axis of time', () => {
  it('an alarm lasts to the end of its condition, one that stands to now; what was struck out is no mark', () => {
    const alarms = [
      alarmFixture({ id: 'a', onset: 100, conditionEndedAt: 120 }),
      alarmFixture({ id: 'b', onset: 200, priority: 'medium' }),
    ]
    const marks = marksOf(alarms, [note, { ...note, id: 'x', struck: true }], 500)
    expect(marks.map(({ key, at, until }) => [key, at, until])).toEqual([
      ['a', 100, 120],
      ['n', 150, 150],
      ['b', 200, 500],
    ])
  })

  it('what begins in one place is one group, the gravest in front', () => {
    const alarms = [
      alarmFixture({ id: 'low', onset: 100, priority: 'low' }),
      alarmFixture({ id: 'high', onset: 105, priority: 'high' }),
      alarmFixture({ id: 'later', onset: 200, priority: 'low' }),
    ]
    const groups = groupMarks(marksOf(alarms, [], 500), 50)
    expect(groups.map(({ marks }) => marks.map(({ key }) => key))).toEqual([['high', 'low'], ['later']])
  })

  it('a note is named among any number of alarms, and how many there are', () => {
    const alarms = Array.from({ length: 6 }, (_, index) => alarmFixture({ id: `a${index}`, onset: 140 }))
    const [group] = groupMarks(marksOf(alarms, [note], 500), 50)
    const title = groupTitle(group?.marks ?? [])
    expect(title).toMatch(/, walks \(ann\), 7 in all$/)
    expect(title.split(', ')).toHaveLength(6)
    expect(groupTitle(marksOf([], [note], 500))).toBe('walks (ann)')
  })
})
