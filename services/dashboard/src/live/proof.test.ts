import { describe, expect, it } from 'vitest'
import { proofAge } from './proof.ts'
import { reduceWard } from './reducer.ts'
import { EMPTY_WARD, type WardState } from './state.ts'
import type { LiveMessage } from './messages.ts'

const T = 1_790_000_000_000
const hear = (state: WardState, message: LiveMessage): WardState =>
  reduceWard(state, { kind: 'message', message, at: T })
const hello = { type: 'hello', serverTime: T, user: 'n', roles: [], resumed: false } satisfies LiveMessage
const system = (proofEveryMs?: number): LiveMessage => ({
  type: 'status',
  system: { ok: true, detectors: [], ...(proofEveryMs === undefined ? {} : { proofEveryMs }) },
  serverTime: T,
})
const watching = [hello, system(10_000)].reduce(hear, EMPTY_WARD)

describe('the age of the last proof', () => {
  it('is that of the newest proof that came, whatever order they come in', () => {
    const proven = [
      { type: 'proof' as const, sentAt: T + 5_000, at: T + 5_100 },
      { type: 'proof' as const, sentAt: T - 5_000, at: T + 5_200 },
    ].reduce(hear, watching)
    expect(proofAge(proven, T + 8_000)).toEqual({ ageMs: 3_000, isOld: false })
    expect(proofAge(proven, T + 25_001)).toEqual({ ageMs: 20_001, isOld: true })
  })

  it('is not old right after sign-in, and is when none comes', () => {
    expect(proofAge(watching, T + 20_000)).toEqual({ isOld: false })
    expect(proofAge(watching, T + 20_001)).toEqual({ isOld: true })
  })

  it('does not count from a new connection: a screen that keeps losing it is not fooled', () => {
    const again = hear(watching, { ...hello, serverTime: T + 19_000 })
    expect(proofAge(again, T + 20_001)?.isOld).toBe(true)
  })

  it('is none where the way is not proven, and waits twice the pace where that is slow', () => {
    expect(proofAge([hello, system()].reduce(hear, EMPTY_WARD), T + 99_000)).toBeUndefined()
    const slow = [hello, system(60_000)].reduce(hear, EMPTY_WARD)
    expect(proofAge(slow, T + 120_000)?.isOld).toBe(false)
    expect(proofAge(slow, T + 120_001)?.isOld).toBe(true)
  })
})
