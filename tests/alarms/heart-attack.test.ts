import { onsetS, SCENARIOS } from '@pulsewire/wearable'
import { describe, expect, it } from 'vitest'
import { FROM_MS, highFindings, simulated } from '../verify/alarms/high-findings.ts'

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1)

describe('a heart attack rings with high priority within 60 s of its onset', () => {
  it.each(['inferior-infarction', 'anterior-infarction'] as const)('%s, ten patients', (scenario) => {
    const onset = onsetS(SCENARIOS[scenario])
    const afterS = SEEDS.map((seed) => {
      const attack = highFindings(simulated(scenario, seed), onset + 61).find(
        ({ type }) => type === 'myocardial-infarction',
      )
      return attack === undefined ? Infinity : (attack.seenUntil - FROM_MS) / 1000 - onset
    })
    for (const seconds of afterS) {
      expect(seconds).toBeGreaterThan(0)
      expect(seconds).toBeLessThanOrEqual(60)
    }
  })
})
