import { MISSING } from '@pulsewire/wfdb'
import { describe, expect, test } from 'vitest'
import { FIRST_SAMPLE_MS, type ChainBeat } from '../run/whole-chain.ts'
import { agree, pulseWindows } from './pulse-agreement.ts'

const RATE_HZ = 125
const SECONDS = 60

/** A pressure wave with a pulse 0.25 s after each beat. */
function recordWith(beatsS: readonly number[]) {
  const samples = Int16Array.from({ length: SECONDS * RATE_HZ }, (_, i) => {
    const since = beatsS.map((atS) => i / RATE_HZ - atS - 0.25).filter((s) => s > -0.2 && s < 1.5)
    const value = since.reduce((sum, s) => sum + (40 / (1 + Math.exp(-s / 0.03))) * Math.exp(-Math.max(0, s) / 0.3), 70)
    return Math.round(10 * value)
  })
  const signals = [{ name: 'ABP', unit: 'mmHg', gainPerUnit: 10, baseline: 0, samples }]
  return { name: 'modelled', rateHz: RATE_HZ, fromSample: 0, comments: [], signals }
}
const every = (intervalS: number): number[] =>
  Array.from({ length: Math.floor(SECONDS / intervalS) }, (_, i) => 0.5 + i * intervalS)
const beatsAt = (beatsS: readonly number[]): ChainBeat[] =>
  beatsS.map((atS) => ({ timeMs: FIRST_SAMPLE_MS + 1000 * atS, beatClass: 'N', signal: 'ecg.II' }))

describe('pulse against ECG', () => {
  test('the same beats give the same rate in each window once the wave is learnt', () => {
    const windows = pulseWindows(recordWith(every(0.8)), beatsAt(every(0.8)))
    expect(windows).toHaveLength(6)
    expect(windows.slice(1).every(agree)).toBe(true)
    expect(windows[3]?.pulsePerMin).toBeCloseTo(75, 0)
    expect(windows[3]?.signal).toBe('abp')
  })
  test('an ECG that counts every wave twice does not agree, and one that counts none is not there', () => {
    const twice = pulseWindows(recordWith(every(0.8)), beatsAt(every(0.4)))
    expect(twice.some(agree)).toBe(false)
    const none = pulseWindows(recordWith(every(0.8)), [])
    expect(none.every(({ ecgPerMin }) => ecgPerMin === undefined)).toBe(true)
    expect(none.some(agree)).toBe(false)
  })
  test('a window in which none of the wave was recorded says nothing', () => {
    const record = recordWith(every(0.8))
    record.signals[0]?.samples.fill(MISSING, 0, 20 * RATE_HZ)
    expect(pulseWindows(record, beatsAt(every(0.8)))).toHaveLength(4)
  })
  test('five per minute, or a tenth, may be between them', () => {
    const of = (ecgPerMin: number, pulsePerMin: number) => agree({ signal: 'ppg', ecgPerMin, pulsePerMin })
    expect([of(40, 45), of(40, 46), of(120, 132), of(120, 133)]).toEqual([true, false, true, false])
  })
})
