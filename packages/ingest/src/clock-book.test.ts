import type { UplinkMessage } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClockBook } from './clock-book.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000

const vitals = (at: number, more: { boot?: string; seq?: number; sent?: number } = {}): UplinkMessage => ({
  kind: 'vitals',
  message: { boot: 'b', seq: 0, at, vitals: { heartRate: 60 }, ...more },
})
const block = (at: number, seconds: number): UplinkMessage => ({
  kind: 'waveform',
  message: {
    boot: 'b',
    seq: 0,
    at,
    rateHz: 250,
    signals: [{ name: 'ecg.II', unit: 'mV', scale: 1, offset: 0, samples: new Int16Array(250 * seconds) }],
  },
})

describe('clock book', () => {
  it('gives a message without a time that of its receipt', () => {
    const will: UplinkMessage = { kind: 'status', message: { state: 'offline' } }
    expect(createClockBook().times('d', will, NOW)).toEqual({ at: NOW, time: NOW, clockOffsetMs: 0 })
  })

  it('judges a block by its end: what is still to come cannot have been measured', () => {
    expect(createClockBook().times('d', block(NOW - 10_000, 10), NOW)).toMatchObject({ clockOffsetMs: 0 })
    expect(createClockBook().times('d', block(NOW, 10), NOW)).toMatchObject({
      time: NOW - 10_000,
      clockOffsetMs: -10_000,
    })
  })

  it('lets long blocks and vitals between them agree on one clock', () => {
    const book = createClockBook()
    for (let second = 0; second < 120; second++) {
      const now = NOW + second * 1_000
      expect(book.times('d', vitals(now - HOUR, { seq: second * 2, sent: now - HOUR }), now).clockOffsetMs).toBe(HOUR)
      if (second % 10 === 9) expect(book.times('d', block(now - HOUR - 10_000, 10), now).clockOffsetMs).toBe(HOUR)
    }
  })

  it('does not take what a broker in between had held for a clock that is off, nor is blind to one that is', () => {
    const relayed = { relayed: true }
    const held = createClockBook()
    for (let i = 0; i < 1_000; i++) {
      const sent = NOW - HOUR + i * 1_000
      expect(held.times('d', vitals(sent, { seq: i, sent }), NOW + i * 5, relayed).clockOffsetMs).toBe(0)
    }
    const wrong = createClockBook()
    const offsets = Array.from({ length: 10 }, (_, i) => {
      const sent = NOW - HOUR + i * 1_000
      return wrong.times('d', vitals(sent, { seq: i, sent }), NOW + i * 1_000, relayed).clockOffsetMs
    })
    expect([offsets[0], offsets.at(-1)]).toEqual([0, HOUR])
  })

  it('keeps the clocks of devices, and of the power-on sessions of one, apart', () => {
    const book = createClockBook()
    expect(book.times('d1', vitals(NOW - HOUR, { sent: NOW - HOUR }), NOW).clockOffsetMs).toBe(HOUR)
    expect(book.times('d2', vitals(NOW, { sent: NOW }), NOW).clockOffsetMs).toBe(0)
    expect(book.times('d1', vitals(NOW + 10, { boot: 'c', sent: NOW + 10 }), NOW + 20).clockOffsetMs).toBe(0)
    expect(book.times('d1', vitals(NOW - HOUR + 20, { seq: 1, sent: NOW - HOUR + 20 }), NOW + 30).clockOffsetMs).toBe(
      HOUR,
    )
  })

  it('expects a clock that was off to be off still after the device was switched on again', () => {
    const book = createClockBook()
    book.times('d', vitals(NOW - HOUR, { sent: NOW - HOUR }), NOW)
    expect(book.times('d', vitals(NOW - HOUR + 60_000, { boot: 'c' }), NOW + 60_000).clockOffsetMs).toBe(HOUR)
  })

  it('never puts a message more than 5 s after its receipt, whatever the device claims', () => {
    const time = fc.oneof(
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      fc.integer({ min: NOW - 60_000, max: NOW + 60_000 }),
    )
    const message = fc.record({
      at: time,
      sent: fc.option(time, { nil: undefined }),
      boot: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      gap: fc.nat(9_000),
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const book = createClockBook()
        let receivedAt = NOW
        for (const [seq, { at, sent, boot, gap }] of messages.entries()) {
          receivedAt += gap
          const times = book.times('d', vitals(at, { boot, seq, ...(sent === undefined ? {} : { sent }) }), receivedAt)
          expect(times.time).toBe(at + times.clockOffsetMs)
          expect(times.time).toBeLessThanOrEqual(receivedAt + 5_000)
        }
      }),
    )
  })

  it('forgets the device heard longest ago, not more', () => {
    const book = createClockBook(2)
    const off = (device: string, now: number) =>
      book.times(device, vitals(now - HOUR, { boot: 'x' }), now).clockOffsetMs
    book.times('d1', vitals(NOW - HOUR, { sent: NOW - HOUR }), NOW)
    book.times('d2', vitals(NOW - HOUR, { sent: NOW - HOUR }), NOW)
    expect(off('d1', NOW + 1_000)).toBe(HOUR)
    book.times('d3', vitals(NOW, { sent: NOW }), NOW)
    expect(off('d2', NOW + 1_000)).toBe(0)
  })
})
