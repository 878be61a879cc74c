import { bundledRecord } from '@pulsewire/replay'
import { describe, expect, it } from 'vitest'
import { highFindings, looped, simulated, told } from '../verify/alarms/high-findings.ts'

describe('nobody who is well rings with high priority', () => {
  it.each([
    ['healthy', 11],
    ['healthy', 12],
    ['atrial-fibrillation', 11],
    ['bad-link', 11],
  ] as const)('%s, seed %i, ten minutes', (scenario, seed) => {
    expect(highFindings(simulated(scenario, seed), 600).map(told)).toEqual([])
  })

  it.each(['101', '115', '119', '201'] as const)('recording %s round and round for fifteen minutes', async (name) => {
    expect(highFindings(await looped(bundledRecord(name)), 900).map(told)).toEqual([])
  })
})
