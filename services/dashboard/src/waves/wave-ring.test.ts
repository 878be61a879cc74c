import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWaveRing } from './wave-ring.ts'

const START = 1_790_000_000_000

describe('wave ring', () => {
  it('finds a spike of one sample in the column that holds its time, and in no other but its neighbours', () => {
    const ring = createWaveRing(250, 'mV')
    const samples = Array.from({ length: 250 }, (_, i) => (i === 100 ? 5 : 0))
    ring.write(START, samples)
    expect(ring.extent(START + 399, START + 405)?.high).toBe(5)
    expect(ring.extent(START + 300, START + 380)).toEqual({ low: 0, high: 0 })
    expect(ring.extent(START + 410, START + 480)).toEqual({ low: 0, high: 0 })
  })

  it('keeps gaps as gaps: missing samples and seconds that never came', () => {
    const ring = createWaveRing(100, 'mV')
    ring.write(START, [1, null, null, null, 1])
    ring.write(START + 1000, [2, 2])
    expect(ring.extent(START + 12, START + 28)).toBeUndefined()
    expect(ring.extent(START + 200, START + 900)).toBeUndefined()
    expect(ring.extent(START + 1000, START + 1010)).toEqual({ low: 2, high: 2 })
  })

  it('puts late data into its own place without touching what is newer', () => {
    const ring = createWaveRing(100, 'mV')
    ring.write(START + 2000, [7, 7, 7])
    expect(ring.write(START + 1000, [3, 3, 3])).toBe(START + 1000)
    expect(ring.extent(START + 1000, START + 1020)).toEqual({ low: 3, high: 3 })
    expect(ring.extent(START + 2000, START + 2020)).toEqual({ low: 7, high: 7 })
    expect(ring.newestMs()).toBe(START + 2030)
  })

  it('forgets what is older than its reach and refuses to write there', () => {
    const ring = createWaveRing(100, 'mV', 2)
    ring.write(START, [1, 1])
    ring.write(START + 10_000, [2, 2])
    expect(ring.extent(START, START + 20)).toBeUndefined()
    expect(ring.write(START, [1, 1])).toBeUndefined()
  })

  it('opens no gap between blocks whose length is no whole number of milliseconds', () => {
    const ring = createWaveRing(360, 'mV')
    for (let block = 0; block < 20; block += 1) {
      ring.write(
        Math.round(START + (block * 128 * 1000) / 360),
        Array.from({ length: 128 }, () => 1),
      )
    }
    for (let ms = 0; ms < 7000; ms += 10)
      expect(ring.extent(START + ms, START + ms + 10), `${ms}`).toEqual({ low: 1, high: 1 })
  })

  it('gives the extent of exactly the samples written, whatever the block sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 10, maxLength: 400 }),
        fc.integer({ min: 1, max: 50 }),
        (samples, size) => {
          const ring = createWaveRing(250, 'mV')
          for (let i = 0; i < samples.length; i += size) ring.write(START + i * 4, samples.slice(i, i + size))
          const extent = ring.extent(START, START + (samples.length - 1) * 4)
          return extent?.low === Math.min(...samples) && extent.high === Math.max(...samples)
        },
      ),
    )
  })
})
