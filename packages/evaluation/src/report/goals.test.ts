import { describe, expect, test } from 'vitest'
import { goalRows } from './goals.ts'
import type { Row } from './rows.ts'

const row = (group: string, what: string, met: boolean | undefined, rest: Partial<Row> = {}): Row => ({
  group,
  what,
  on: 'somewhere',
  reached: '1',
  ...(met === undefined ? {} : { met, goal: '≥ 1' }),
  ...rest,
})

describe('the table of goals', () => {
  test('has one row a goal of the groups that were evaluated, in the order in which they were asked for', () => {
    const rows = [row('noise', 'QRS under modelled muscle noise, 12 dB', true), row('qrs', 'QRS, ±150 ms', true)]
    expect(goalRows(rows, ['noise', 'qrs']).map(({ what, met }) => [what, met])).toEqual([
      ['QRS, one lead, gross: Se / +P', true],
      ['QRS under noise at 12 dB: Se / +P', true],
    ])
  })

  test('is met where all of its parts are, and names each', () => {
    const rows = [
      row('noise', 'QRS under recorded baseline wander, 12 dB', true, { reached: '99', heldOut: '98' }),
      row('noise', 'QRS under modelled muscle noise, 12 dB', false, { reached: '97' }),
      row('noise', 'QRS under modelled muscle noise, 6 dB', undefined, { reached: '90' }),
    ]
    expect(goalRows(rows, ['noise'])).toMatchObject([
      { met: false, reached: 'baseline wander: 99; muscle: 97', heldOut: 'baseline wander: 98; muscle: –', tuned: '' },
    ])
  })

  test('what was not evaluated at all is not met', () => {
    expect(goalRows([], ['speed'])).toMatchObject([{ met: false, reached: 'nothing of it was evaluated' }])
  })
})
