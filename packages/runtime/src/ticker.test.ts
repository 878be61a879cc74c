import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTicker } from './ticker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('ticker', () => {
  it('never begins a tick while one is under way, and waits for it when it is stopped', async () => {
    const ends: (() => void)[] = []
    const ticker = startTicker(100, () => new Promise((resolve) => ends.push(() => resolve(undefined))))
    await vi.advanceTimersByTimeAsync(350)
    expect(ends).toHaveLength(1)
    ends[0]?.()
    await vi.advanceTimersByTimeAsync(100)
    expect(ends).toHaveLength(2)
    let stopped = false
    const stopping = ticker.stop().then(() => (stopped = true))
    await vi.advanceTimersByTimeAsync(500)
    expect(stopped).toBe(false)
    ends[1]?.()
    await stopping
    expect(ends).toHaveLength(2)
  })

  it('says what the last tick failed with, until one goes well', async () => {
    const answers = ['the log is away', undefined]
    const ticker = startTicker(100, () => Promise.resolve(answers.shift()))
    expect(ticker.problem()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(100)
    expect(ticker.problem()).toBe('the log is away')
    await vi.advanceTimersByTimeAsync(100)
    expect(ticker.problem()).toBeUndefined()
    await ticker.stop()
  })

  it('is dead once a tick has not ended for a minute', async () => {
    let end = (): void => undefined
    const ticker = startTicker(100, () => new Promise((resolve) => (end = () => resolve(undefined))))
    await vi.advanceTimersByTimeAsync(59_000)
    expect(ticker.alive().ok).toBe(true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(ticker.alive()).toEqual({ ok: false, detail: 'last tick 61 s ago' })
    end()
    await ticker.stop()
  })
})
