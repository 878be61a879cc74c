import { expect, test } from 'vitest'
import { instantText, localInput } from './instants.ts'

test('a local input leads back to its minute', () => {
  const at = new Date(2026, 10, 30, 14, 2, 11).getTime()
  expect(localInput(at)).toBe('2026-11-30T14:02')
  expect(new Date(localInput(at)).getTime()).toBe(at - 11_000)
})

test('the year is said where it is another one', () => {
  const at = new Date(2026, 10, 30, 14, 2, 11).getTime()
  expect(instantText(at, at)).toBe('30 Nov, 14:02:11')
  expect(instantText(at, at + 366 * 86_400_000)).toBe('30 Nov 2026, 14:02:11')
})
