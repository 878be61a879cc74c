import { onsetS, SCENARIOS } from '@pulsewire/wearable'
import { describe, expect, it } from 'vitest'
import { FROM_MS, highFindings, simulated } from '../verify/alarms/high-findings.ts'

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1)

describe.each(['inferior-infarction', 'anterior-infarction'] as const)('%s', (scenario) => {
  const onset = onsetS(SCENARIOS[scenario])

  it.each(SEEDS)('rings with high priority within 60 s of its onset, patient %i', (seed) => {
    const attack = highFindings(simulated(scenario, seed), onset + 61).find(
      ({ type }) => type === 'myocardial-infarction',
    )
    const afterS = ((attack?.seenUntil ?? Infinity) - FROM_MS) / 1000 - onset
    expect(afterS).toBeGreaterThan(0)
    expect(afterS).toBeLessThanOrEqual(60)
  })
})
