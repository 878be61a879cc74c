import type { UplinkMessage } from '@pulsewire/contracts'
import { expect, it } from 'vitest'
import { createClockBook } from './clock-book.ts'

const T0 = Date.UTC(2026, 10, 23)
const HOUR_MS = 3_600_000
/** A message a second of a clock that is an hour behind. */
const behind = (second: number, sent: boolean): UplinkMessage => {
  const at = T0 + second * 1_000 - HOUR_MS
  return {
    kind: 'vitals',
    message: { boot: 'b', seq: second, at, ...(sent ? { sent: at } : {}), vitals: { heartRate: 60 } },
  }
}
const offsetsOf = (book: ReturnType<typeof createClockBook>, seconds: readonly number[], sent: boolean): number[] =>
  seconds.map((second) => book.times('d1', behind(second, sent), T0 + second * 1_000).clockOffsetMs)

it('a device with a clock that is off, at another broker: corrected from its first message where it says when it sent', () => {
  expect(offsetsOf(createClockBook(), [0, 1], true)).toEqual([HOUR_MS, HOUR_MS])
  expect(offsetsOf(createClockBook(), [2, 3], true)).toEqual([HOUR_MS, HOUR_MS])
})

it('where it does not say so, its times are its own until five messages and three seconds tell', () => {
  offsetsOf(createClockBook(), [0, 1, 2, 3, 4, 5], false)
  expect(offsetsOf(createClockBook(), [6, 7, 8, 9, 10, 11], false)).toEqual([0, 0, 0, 0, HOUR_MS, HOUR_MS])
})

it('forgets the device heard longest ago, never one of the last so many', () => {
  const book = createClockBook(3)
  const hear = (device: string, second: number): number =>
    book.times(device, behind(second, false), T0 + second * 1_000).clockOffsetMs
  for (let second = 0; second < 5; second++) hear('d1', second)
  expect(hear('d1', 5)).toBe(HOUR_MS)
  for (const device of ['d2', 'd3', 'd4']) hear(device, 6)
  expect(hear('d1', 7)).toBe(HOUR_MS)
  for (const device of ['d5', 'd6', 'd7', 'd8', 'd9', 'd10', 'd11']) hear(device, 8)
  expect(hear('d1', 9)).toBe(0)
})

it('remembers the last power-on sessions of a device, the one that is heard as the last', () => {
  const book = createClockBook()
  const hear = (boot: string, second: number): number => {
    const { kind, message } = behind(second, false)
    if (kind !== 'vitals') throw new Error('not vitals')
    return book.times('d1', { kind, message: { ...message, boot } }, T0 + second * 1_000).clockOffsetMs
  }
  for (let second = 0; second < 5; second++) hear('a', second)
  expect(hear('a', 5)).toBe(HOUR_MS)
  for (const boot of ['b', 'c', 'a', 'd', 'e']) hear(boot, 6)
  expect(hear('a', 7)).toBe(HOUR_MS)
})
