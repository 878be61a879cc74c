import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Hand } from './hand.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Presses keys so many milliseconds apart, each of which would do something; says which were done. */
function press(keys: string, apartMs: number): string {
  const hand = new Hand()
  let done = ''
  for (const [index, key] of keys.split('').entries()) {
    hand.pressed(index * apartMs)
    hand.does(() => (done += key))
    vi.advanceTimersByTime(apartMs)
  }
  vi.advanceTimersByTime(1_000)
  return done
}

describe('hand', () => {
  it('does what somebody presses, once each', () => {
    expect(press('a', 0)).toBe('a')
    expect(press('papa', 120)).toBe('papa')
  })

  it('does nothing of what a scanner types, not even the first', () => {
    expect(press('a12b9-pap', 5)).toBe('')
    expect(press('aa', 49)).toBe('')
  })

  it('hears a hand again after a scan', () => {
    const hand = new Hand()
    const act = vi.fn()
    for (const atMs of [0, 4, 8]) hand.pressed(atMs)
    hand.does(act)
    vi.advanceTimersByTime(1_000)
    expect(act).not.toHaveBeenCalled()
    expect(hand.pressed(1_008)).toBe(false)
    hand.does(act)
    vi.advanceTimersByTime(50)
    expect(act).toHaveBeenCalledOnce()
  })
})
