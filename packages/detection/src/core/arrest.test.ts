import { expect, test } from 'vitest'
import type { FindingType } from '@pulsewire/contracts'
import { followArrest, isAfterArrest, type Arrest } from './arrest.ts'
import { createFindingBook, createFindingBookState } from './finding-book.ts'

const START = 1_800_000_000_000
const second = (seconds: number): number => START + seconds * 1000

/** What is known at `nowS` of a rhythm that has gone on since `onsetS`. */
function seen(type: FindingType, onsetS: number, nowS: number, before?: Arrest, believed = true): Arrest | undefined {
  const book = createFindingBook('p', createFindingBookState())
  const moment = { timeMs: second(nowS), late: false, position: 'telemetry/0/1', device: 'd1' }
  const rhythm = { type, onset: second(onsetS), confidence: 0.9, quality: 1, message: 'm', evidence: {} }
  book.raise({ ...rhythm, priority: believed ? 'high' : undefined }, moment)
  return followArrest(before, book, moment.timeMs)
}

test('fibrillation is one, a tachycardia where it is sustained, and neither where it is not believed', () => {
  expect(seen('ventricular-fibrillation', 10, 14)).toEqual({ fromMs: second(10), toMs: second(14) })
  expect(seen('ventricular-tachycardia', 10, 20)).toBeUndefined()
  expect(seen('ventricular-tachycardia', 10, 40)).toEqual({ fromMs: second(10), toMs: second(40) })
  expect(seen('ventricular-fibrillation', 10, 14, undefined, false)).toBeUndefined()
})

test('arrests within minutes are one; a later one is another', () => {
  const first = seen('ventricular-fibrillation', 10, 20)
  expect(seen('ventricular-fibrillation', 100, 110, first)).toEqual({ fromMs: second(10), toMs: second(110) })
  expect(seen('ventricular-fibrillation', 1_000, 1_010, first)).toEqual({ fromMs: second(1_000), toMs: second(1_010) })
})

test('what begins after it is doubted for eight minutes, what was there before is not', () => {
  const arrest = { fromMs: second(100), toMs: second(200) }
  expect(isAfterArrest(arrest, second(210), second(680))).toBe(true)
  expect(isAfterArrest(arrest, second(210), second(681))).toBe(false)
  expect(isAfterArrest(arrest, second(90), second(210))).toBe(false)
  expect(isAfterArrest(undefined, second(210), second(300))).toBe(false)
})
