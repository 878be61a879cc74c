import { describe, expect, it } from 'vitest'
import { createStageWatch } from './stage-watch.ts'

const T = 1_790_000_000_000
const STAGES = ['log', 'broker', 'detector', 'alarm-manager'] as const
const start = () => createStageWatch(STAGES, 15_000, T)

describe('the stages of the way', () => {
  it('are not called broken before they had time for a first proof', () => {
    expect(start().brokenAt(T + 15_000)).toBeUndefined()
    expect(start().brokenAt(T + 15_001)).toEqual({ stage: 'log', since: T })
  })

  it('name the first that no proof passes, and not those behind it', () => {
    const watch = start()
    for (const stage of STAGES) watch.passed(stage, T + 10_000)
    for (const stage of ['log', 'broker'] as const) watch.passed(stage, T + 20_000)
    expect(watch.brokenAt(T + 25_000)).toBeUndefined()
    expect(watch.brokenAt(T + 25_001)).toEqual({ stage: 'detector', since: T + 10_000 })
    watch.passed('detector', T + 20_000)
    expect(watch.brokenAt(T + 25_001)).toEqual({ stage: 'alarm-manager', since: T + 10_000 })
  })

  it('keep the newest proof, whatever comes late', () => {
    const watch = start()
    watch.passed('log', T + 10_000)
    watch.passed('log', T)
    expect(watch.newest).toEqual({ log: T + 10_000 })
  })

  it('are told of in time also after the clock was set back', () => {
    const watch = start()
    for (const stage of STAGES) watch.passed(stage, T)
    const earlier = T - 3_600_000
    expect(watch.brokenAt(earlier)).toBeUndefined()
    expect(watch.brokenAt(earlier + 15_001)).toEqual({ stage: 'log', since: earlier })
  })
})
