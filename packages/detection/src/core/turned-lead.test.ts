import { expect, test } from 'vitest'
import type { Finding } from '@pulsewire/contracts'
import { createFindingBook, createFindingBookState } from './finding-book.ts'
import { createStState, trackSt } from './st-tracker.ts'
import { watchTurned } from './turned-lead.ts'

const START = Date.UTC(2026, 10, 23, 14, 1, 18)

/** What is said of a lead whose complex points down while `isDown`, measured every 3 s. */
function findings(isDown: (second: number) => boolean, seconds: number): Finding[] {
  const book = createFindingBook('p', createFindingBookState())
  const state = createStState('d1', 'ecg.II', 'II', START)
  for (let at = 0; at <= seconds; at += 3) {
    const timeMs = START + at * 1000
    const [rMv, sMv] = isDown(at) ? [0.1, -1] : [1, -0.1]
    const complex = { qMv: 0, rMv, sMv, axisShift: false }
    trackSt(state, { timeMs, levelMv: 0, jMv: 0, uncertain: false, errorMv: 0.005, clear: true, ...complex }, 0.1)
    watchTurned(state, { timeMs, late: false, position: 'telemetry/0/1', device: 'd1' }, book)
  }
  return book.drain()
}

test('a lead that is turned over is told once, of low priority, and ends when it turns back', () => {
  const told = findings((second) => second >= 42 && second < 300, 900)
  expect(told.map(({ status }) => status)).toEqual(['open', 'ended'])
  expect(told[0]).toMatchObject({
    type: 'signal-quality',
    priority: 'low',
    onset: START + 42_000,
    message: 'Lead II turned over at 14:02:00 UTC: electrodes may be swapped; check them',
  })
  expect(told[1]?.end).toBe(START + 300_000)
})
test('what stays turned for ten minutes is how the lead is now: turning back is told again', () => {
  const told = findings((second) => second >= 42 && second < 900, 1200)
  expect(told.map(({ status }) => status)).toEqual(['open', 'ended', 'open'])
  expect(told[1]?.end).toBe(START + 642_000)
  expect(told[2]?.onset).toBe(START + 900_000)
})
test('a lead that points down from the start, and one that is turned for two measurements, are not told', () => {
  expect(findings(() => true, 900)).toEqual([])
  expect(findings((second) => second === 60 || second === 63, 900)).toEqual([])
})
