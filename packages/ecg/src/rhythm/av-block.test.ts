import { describe, expect, test } from 'vitest'
import { analyse, onsets } from '../testing/run-analyzer.ts'
import { synthesise, type SyntheticBeat } from '../testing/synthetic-ecg.ts'

const SECONDS = 90
/** What the hint says of a rhythm of 90 s: the evidence of its first words, or undefined. */
function hintOf(beats: readonly SyntheticBeat[], rateHz = 250) {
  const samples = synthesise(beats, SECONDS, rateHz, { noiseMv: 0.01, wanderMv: 0.1 })
  return onsets(analyse(samples, { rateHz, lead: 'II' }), 'av-block')[0]?.evidence
}

/** Atria at 75 /min; `conduct` says of each P wave how much later than usual its complex comes, or that none does. */
function conducted(conduct: (i: number) => number | undefined, everyMs = 800): SyntheticBeat[] {
  return Array.from({ length: Math.floor((1000 * SECONDS - 1500) / everyMs) }, (_, i): SyntheticBeat => {
    const laterMs = conduct(i)
    const timeMs = 700 + i * everyMs
    return laterMs === undefined ? { timeMs, kind: 'P' } : { timeMs: timeMs + laterMs, kind: 'N', earlierMs: laterMs }
  })
}

describe('hints at an atrioventricular block', () => {
  test.each([200, 250, 360, 500, 1000])('a PR interval of 260 ms is of the first degree, at %i Hz', (rateHz) => {
    const evidence = hintOf(
      conducted(() => 80),
      rateHz,
    )
    expect(evidence?.degree).toBe('first')
    expect(evidence?.prMs).toBeGreaterThan(235)
    expect(evidence?.prMs).toBeLessThan(285)
  })

  test('a normal PR interval is none', () => {
    expect(hintOf(conducted(() => 0))).toBeUndefined()
  })

  test('each fifth complex missing (Mobitz) is of the second degree', () => {
    expect(hintOf(conducted((i) => (i % 5 === 4 ? undefined : 0)))?.degree).toBe('second')
  })

  test('conduction that takes longer from beat to beat until a complex is missing (Wenckebach) is of the second degree', () => {
    const later = [0, 40, 60, 70, undefined]
    expect(hintOf(conducted((i) => later[i % 5]))?.degree).toBe('second')
  })

  test('every second complex missing (2:1) is of the second degree', () => {
    expect(hintOf(conducted((i) => (i % 2 === 1 ? undefined : 0), 670))?.degree).toBe('second')
  })

  test('a slow sinus rhythm is none', () => {
    expect(hintOf(conducted(() => 0, 1340))).toBeUndefined()
  })

  test('pauses without a P wave, and after an early one, are none', () => {
    const all = conducted(() => 0)
    expect(hintOf(all.filter((_, i) => i % 8 !== 7))).toBeUndefined()
    // The sinus node begins anew after the early beat.
    const blocked = all.map((beat, i) => (i % 8 === 7 ? { timeMs: beat.timeMs - 300, kind: 'P' as const } : beat))
    expect(hintOf(blocked)).toBeUndefined()
  })

  test('fibrillating atria give none', () => {
    const beats = conducted(() => 0).map((beat, i) => ({
      ...beat,
      timeMs: beat.timeMs + ((i * 137) % 300),
      pWave: false,
    }))
    expect(hintOf(beats)).toBeUndefined()
  })
})
