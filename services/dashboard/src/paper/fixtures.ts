import type { Finding } from '@pulsewire/contracts'
import type { PaperWave } from './samples.ts'

/** A wave for tests: one run from `startMs` on. */
export function waveFixture(values: readonly number[], change: Partial<PaperWave> = {}, startMs = 0): PaperWave {
  const runs = [{ startMs, rateHz: 250, values: Float32Array.from(values) }]
  return { signal: 'ecg.II', unit: 'mV', devices: ['d1'], runs, ...change }
}

/** A finding for tests. */
export function findingFixture(change: Partial<Finding> = {}): Finding {
  return {
    id: `p1.${change.type ?? 'tachycardia'}.${change.onset ?? 1000}`,
    type: 'tachycardia',
    patient: 'p1',
    device: 'd1',
    status: 'open',
    onset: 1000,
    seenUntil: 2000,
    late: false,
    confidence: 1,
    quality: 1,
    message: '',
    evidence: {},
    rule: { name: 'rate', version: '1' },
    ...change,
  }
}
