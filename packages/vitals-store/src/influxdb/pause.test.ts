import { describe, expect, it } from 'vitest'
import { watchPauses } from './pause.ts'

describe('the watch for pauses', () => {
  it('sees that time went by which the process did not, before or after the timer fires', () => {
    let now = 0
    const watch = watchPauses(1000, () => now)
    const mark = watch.now()
    now = 900
    expect(watch.since(mark)).toBe(false)
    now = 1800
    expect(watch.since(mark)).toBe(false)
    now = 2900
    expect(watch.since(mark)).toBe(true)
    now = 3000
    expect(watch.since(mark)).toBe(true)
    expect(watch.since(watch.now())).toBe(false)
    watch.stop()
  })
})
