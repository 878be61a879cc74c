import { describe, expect, it } from 'vitest'
import { alarmFixture } from '../alarms/fixtures.ts'
import { createReceipts } from './receipts.ts'

const SEEN = { visible: true, sound: 'on' } as const
const idsOf = (receipt: string | undefined): string[] =>
  receipt === undefined ? [] : (JSON.parse(receipt) as { alarms: { id: string }[] }).alarms.map(({ id }) => id)

describe('receipts of a screen', () => {
  it('are said once for each time that an alarm rings', () => {
    const receipts = createReceipts()
    const first = alarmFixture({ id: 'a', rings: 1 })
    expect(idsOf(receipts.due([first], SEEN))).toEqual(['a'])
    expect(receipts.due([first], SEEN)).toBeUndefined()
    expect(idsOf(receipts.due([{ ...first, rings: 2 }, alarmFixture({ id: 'b' })], SEEN))).toEqual(['a', 'b'])
  })

  it('are said again when the screen can be noticed otherwise, and to a server that forgot', () => {
    const receipts = createReceipts()
    const alarm = alarmFixture({ id: 'a' })
    expect(receipts.due([alarm], { visible: false, sound: 'off' })).toContain('"visible":false,"sound":"off"')
    expect(receipts.due([alarm], SEEN)).toContain('"visible":true,"sound":"on"')
    receipts.forget()
    expect(idsOf(receipts.due([alarm], SEEN))).toEqual(['a'])
  })

  it('leave out what calls nobody: acknowledged, ended, late', () => {
    const quiet = [
      alarmFixture({ id: 'a', state: 'acknowledged' }),
      alarmFixture({ id: 'b', state: 'ended' }),
      alarmFixture({ id: 'c', late: true }),
    ]
    expect(createReceipts().due(quiet, SEEN)).toBeUndefined()
  })

  it('come in messages that the server takes', () => {
    const receipts = createReceipts()
    const many = Array.from({ length: 150 }, (_, index) => alarmFixture({ id: `a${index}` }))
    expect(idsOf(receipts.due(many, SEEN))).toHaveLength(100)
    expect(idsOf(receipts.due(many, SEEN))).toHaveLength(50)
    expect(receipts.due(many, SEEN)).toBeUndefined()
  })
})
