import { expect, test } from 'vitest'
import { limitChanges } from './limit-changes.ts'

test('each side that differs is said, and nothing else', () => {
  const before = { spo2: { low: 90 }, heartRate: { low: 50, high: 120 } }
  const after = { spo2: { low: 86 }, heartRate: { low: 50 }, glucose: { low: 70 } }
  const lines = limitChanges(before, after)
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/low: 90 → 86$/)
  expect(lines[1]).toMatch(/high: 120 → not watched$/)
  expect(lines[2]).toMatch(/low: not watched → 70$/)
  expect(limitChanges(before, before)).toEqual([])
})
