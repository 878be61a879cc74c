import { describe, expect, test } from 'vitest'
import { bandDelay, createQrsFilter, ENVELOPE, envelopeDelay, filterQrs, type QrsFilter } from './qrs-filter.ts'

/** The envelope after sample number `n`. */
function filtered(filter: QrsFilter, n: number, sampleMv: number): number {
  filterQrs(filter, n, Float64Array.of(sampleMv), 0)
  return filter.sums[ENVELOPE] ?? NaN
}

/** Largest output of the band-pass for a sine of 1 mV, once it has settled. */
function gain(frequencyHz: number, rateHz: number): number {
  const filter = createQrsFilter(rateHz)
  let largest = 0
  for (let n = 0; n < 8 * rateHz; n++) {
    filtered(filter, n, Math.sin((2 * Math.PI * frequencyHz * n) / rateHz))
    if (n > 4 * rateHz) largest = Math.max(largest, Math.abs(filter.band[n & (filter.band.length - 1)] ?? 0))
  }
  return largest
}
const decibels = (frequencyHz: number, rateHz: number): number =>
  20 * Math.log10(gain(frequencyHz, rateHz) / gain(10, rateHz))

describe.each([250, 360])('the band-pass at %i Hz', (rateHz) => {
  test.each([
    [6.3, -3],
    [15, -3],
    [5, -6],
    [18, -6.5],
  ])('is down at %d Hz by about %d dB', (frequencyHz, expected) => {
    expect(Math.abs(decibels(frequencyHz, rateHz) - expected)).toBeLessThan(0.7)
  })

  test.each([
    [0.5, -43],
    [1, -31],
    [50, -29],
    [60, -24],
  ])('lets at most as much through at %d Hz as %d dB say', (frequencyHz, most) => {
    expect(decibels(frequencyHz, rateHz)).toBeLessThan(most)
  })

  test('delays a pulse by what it says, and its envelope too', () => {
    const filter = createQrsFilter(rateHz)
    const at = rateHz
    const band: number[] = []
    const envelope: number[] = []
    for (let n = 0; n < 2 * rateHz; n++) {
      envelope.push(filtered(filter, n, n === at ? 1 : 0))
      band.push(filter.band[n & (filter.band.length - 1)] ?? 0)
    }
    expect(band.indexOf(Math.max(...band))).toBe(at + bandDelay(filter))
    const middle = envelope.reduce((sum, value, n) => sum + n * value, 0) / envelope.reduce((sum, value) => sum + value)
    expect(Math.abs(middle - at - envelopeDelay(filter))).toBeLessThan(1)
  })

  test('does not drift: after a large offset it gives exactly what a fresh one gives', () => {
    const [worn, fresh] = [createQrsFilter(rateHz), createQrsFilter(rateHz)]
    let n = 0
    for (; n < 100 * rateHz; n++) filtered(worn, n, 30 + Math.sin(n))
    for (let i = 0; i < rateHz; i++, n++) filtered(worn, n, 0)
    for (let i = 0; i < 200; i++) expect(filtered(worn, n + i, Math.cos(i))).toBe(filtered(fresh, i, Math.cos(i)))
  })
})
