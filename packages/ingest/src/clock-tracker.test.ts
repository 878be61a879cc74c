import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLOCK_MOVED_MS, CLOCK_OFF_MS, isClockOff, observeClock, type ClockState } from './clock-tracker.ts'

const NOW = 1_800_000_000_000
const DAY = 86_400_000

interface Sent {
  readonly receivedAt: number
  readonly stamp: number
  readonly transmitted?: boolean
  readonly again?: boolean
  readonly seq?: number
}

/** The states after each of the messages. */
function follow(messages: readonly Sent[], start?: ClockState): ClockState[] {
  let state = start
  return messages.map(({ transmitted = false, ...message }, index) => {
    state = observeClock(state, { seq: index, ...message, transmitted })
    return state
  })
}

/** `count` messages at a pace: `everyMs` apart at receipt, `stampEveryMs` apart by the device's clock. */
function stream(
  count: number,
  options: { everyMs: number; stampEveryMs: number; lagMs: number; transmitted?: boolean },
) {
  return Array.from({ length: count }, (_, i) => ({
    receivedAt: NOW + i * options.everyMs,
    stamp: NOW - options.lagMs + i * options.stampEveryMs,
    transmitted: options.transmitted ?? false,
  }))
}

const offsets = (states: readonly ClockState[]): number[] => states.map((state) => state.offsetMs)

describe('a clock that is right', () => {
  it('stays uncorrected within the tolerance, with and without the time of transmission', () => {
    for (const lagMs of [0, 80, 4_900, -4_900]) {
      for (const transmitted of [false, true]) {
        const states = follow(stream(50, { everyMs: 1_000, stampEveryMs: 1_000, lagMs, transmitted }))
        expect(offsets(states).every((offset) => offset === 0)).toBe(true)
      }
    }
  })

  it('stays uncorrected while a spool drains faster than life, however old it is', () => {
    const live = follow(stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 50 }))
    const drained = stream(400, { everyMs: 100, stampEveryMs: 1_000, lagMs: 600_000 }).map((m, i) => ({
      ...m,
      seq: i + 10,
    }))
    expect(offsets(follow(drained, live.at(-1))).every((offset) => offset === 0)).toBe(true)
    expect(offsets(follow(drained)).every((offset) => offset === 0)).toBe(true)
  })

  it('stays uncorrected when the transport held back what had been sent, once that is seen to catch up', () => {
    const live = follow(stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 50, transmitted: true }))
    const stalled = Array.from({ length: 30 }, (_, i) => ({
      receivedAt: NOW + 40_000 + i * 10,
      stamp: NOW + 10_000 + i * 1_000,
      transmitted: true,
      seq: 10 + i,
    }))
    expect(offsets(follow(stalled, live.at(-1))).every((offset) => offset === 0)).toBe(true)
  })

  it('is not judged by what waited for a restarted broker, marked as sent before or not', () => {
    for (const again of [true, false]) {
      const resent = Array.from({ length: 100 }, (_, i) => ({
        receivedAt: NOW + i,
        stamp: NOW - 60_000 + i * 10,
        again,
      }))
      const live = stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 50 }).map((m) => ({
        ...m,
        receivedAt: m.receivedAt + 1_000,
        stamp: m.stamp + 1_000,
      }))
      const messages = [...resent, ...live].map((message) => ({ ...message, transmitted: true }))
      expect(offsets(follow(messages)).every((offset) => offset === 0)).toBe(true)
    }
  })

  it('is not judged by messages that are sent again', () => {
    const live = follow(stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 50 }))
    const again = stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 60_000 })
    expect(offsets(follow(again, live.at(-1))).every((offset) => offset === 0)).toBe(true)
  })

  it('is not judged by an old observation among fresh ones', () => {
    const messages = stream(60, { everyMs: 500, stampEveryMs: 500, lagMs: 50 }).map((message, i) =>
      i % 3 === 0 ? { ...message, stamp: message.stamp - 3_600_000 } : message,
    )
    expect(offsets(follow(messages)).every((offset) => offset === 0)).toBe(true)
  })
})

describe('a clock that is off', () => {
  it('is corrected from the first message on where it is ahead of us', () => {
    const states = follow(stream(20, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: -DAY }))
    expect(offsets(states).every((offset) => offset === -DAY)).toBe(true)
  })

  it('is corrected from the first message on where the time of transmission tells', () => {
    const states = follow(stream(20, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: DAY, transmitted: true }))
    expect(offsets(states).every((offset) => offset === DAY)).toBe(true)
  })

  it('is watched for 3 s where the time of transmission is behind by minutes: it may have waited', () => {
    const states = follow(stream(20, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 60_000, transmitted: true }))
    expect(offsets(states)).toEqual([0, 0, 0, 0, ...Array.from({ length: 16 }, () => 60_000)])
  })

  it('is corrected within 5 messages and 3 s where it is behind and advances 1:1 with receipt', () => {
    const states = follow(stream(20, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: DAY }))
    expect(offsets(states).findIndex((offset) => offset === DAY)).toBe(4)
    expect(offsets(states.slice(4)).every((offset) => offset === DAY)).toBe(true)
  })

  it('is corrected after two messages where a device sends once a minute', () => {
    const states = follow(stream(4, { everyMs: 60_000, stampEveryMs: 60_000, lagMs: DAY }))
    expect(offsets(states)).toEqual([0, DAY, DAY, DAY])
  })

  it('is corrected at once where it was never set', () => {
    const messages = stream(5, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: NOW - 12_345 })
    expect(offsets(follow(messages)).every((offset) => offset === NOW - 12_345)).toBe(true)
  })

  it('keeps its offset constant under jitter, and follows it where it moves', () => {
    const jittered = stream(200, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: DAY, transmitted: true }).map(
      (m, i) => ({
        ...m,
        receivedAt: m.receivedAt + ((i * 7919) % 1_900),
      }),
    )
    const states = follow(jittered)
    expect(new Set(offsets(states))).toEqual(new Set([DAY]))
    const put = stream(20, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: DAY - 10_000, transmitted: true })
    expect(
      follow(
        put.map((m, i) => ({ ...m, seq: 1_000 + i })),
        states.at(-1),
      ).at(-1)?.offsetMs,
    ).toBe(DAY - 10_000)
  })

  it('is right again as soon as it was set', () => {
    for (const lagMs of [DAY, -DAY]) {
      const off = follow(stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs })).at(-1)
      const set = observeClock(off, { receivedAt: NOW + 20_000, stamp: NOW + 19_900, transmitted: false, seq: 99 })
      expect(isClockOff(set)).toBe(false)
    }
  })

  it('was a spool after all where the messages then come faster than life', () => {
    const head = stream(6, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: 600_000 })
    const states = follow(head)
    expect(states.at(-1)?.offsetMs).toBe(600_000)
    const rest = Array.from({ length: 300 }, (_, i) => ({
      receivedAt: NOW + 6_000 + i * 20,
      stamp: NOW - 594_000 + i * 1_000,
      seq: 6 + i,
    }))
    expect(
      offsets(follow(rest, states.at(-1)))
        .slice(3)
        .every((offset) => offset === 0),
    ).toBe(true)
  })

  it('keeps its offset over a spool of its own', () => {
    const live = follow(stream(10, { everyMs: 1_000, stampEveryMs: 1_000, lagMs: DAY }))
    const drained = stream(100, { everyMs: 100, stampEveryMs: 1_000, lagMs: DAY + 100_000 }).map((m, i) => ({
      ...m,
      seq: i + 10,
    }))
    expect(new Set(offsets(follow(drained, live.at(-1))))).toEqual(new Set([DAY]))
  })

  it('rings when in doubt: slower than life is no spool', () => {
    const states = follow(stream(10, { everyMs: 2_000, stampEveryMs: 1_000, lagMs: 60_000 }))
    expect(isClockOff(states.at(-1) ?? expect.fail('no state'))).toBe(true)
  })
})

describe('whatever a device claims', () => {
  const message = fc.record({
    gapMs: fc.nat(60_000),
    stamp: fc.oneof(
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      fc.integer({ min: NOW - 100_000, max: NOW + 100_000 }),
    ),
    transmitted: fc.boolean(),
    again: fc.boolean(),
    seq: fc.option(fc.nat(50), { nil: undefined }),
  })

  it('its corrected time is never more than 5 s after receipt, and offsets are 0 or beyond the tolerance', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
        let receivedAt = NOW
        let state: ClockState | undefined
        for (const { gapMs, stamp, transmitted, again, seq } of messages) {
          receivedAt += gapMs
          state = observeClock(state, { receivedAt, stamp, transmitted, again, ...(seq === undefined ? {} : { seq }) })
          expect(stamp + state.offsetMs).toBeLessThanOrEqual(receivedAt + CLOCK_OFF_MS)
          expect(state.offsetMs === 0 || Math.abs(state.offsetMs) > CLOCK_OFF_MS).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('a steady clock of any offset ends up corrected to within the hysteresis', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -400 * DAY, max: 400 * DAY }),
        fc.boolean(),
        fc.array(fc.nat(300), { minLength: 12, maxLength: 60 }),
        (lagMs, transmitted, transits) => {
          const messages = transits.map((transit, i) => ({
            receivedAt: NOW + i * 1_000 + transit,
            stamp: NOW + i * 1_000 - lagMs,
            transmitted,
          }))
          const last = messages.at(-1)
          const state = follow(messages).at(-1)
          if (last === undefined || state === undefined) return
          const error = last.stamp + state.offsetMs - last.receivedAt
          expect(Math.abs(error)).toBeLessThanOrEqual(isClockOff(state) ? CLOCK_MOVED_MS + 300 : CLOCK_OFF_MS)
        },
      ),
    )
  })
})
