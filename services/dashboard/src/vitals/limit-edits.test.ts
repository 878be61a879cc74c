import { describe, expect, it } from 'vitest'
import { editLimits, editsTowards } from './limit-edits.ts'

const inForce = { heartRate: { low: 50, high: 120 }, spo2: { low: 90 } }

describe('editing limits', () => {
  it('changes what was typed and keeps the rest', () => {
    expect(editLimits(inForce, { 'heartRate.high': '130', 'temperature.high': '38,5' })).toEqual({
      changed: true,
      limits: { heartRate: { low: 50, high: 130 }, spo2: { low: 90 }, temperature: { high: 38.5 } },
    })
  })

  it('takes an empty field as not watched', () => {
    expect(editLimits(inForce, { 'heartRate.low': ' ' }).limits?.heartRate).toEqual({ high: 120 })
  })

  it('comes from the limits in force to others, naming only what differs', () => {
    const wanted = { heartRate: { low: 65, high: 120 }, spo2: {} }
    const edits = editsTowards(wanted, inForce, ['heartRate', 'spo2', 'glucose'])
    expect(edits).toEqual({ 'heartRate.low': '65', 'spo2.low': '' })
    expect(editLimits(inForce, edits)).toEqual({ changed: true, limits: wanted })
  })

  it('knows when nothing was changed', () => {
    expect(editLimits(inForce, { 'heartRate.low': '50', 'glucose.low': '' }).changed).toBe(false)
  })

  it('refuses what is no number, not plausible or the wrong way round', () => {
    expect(editLimits(inForce, { 'heartRate.low': 'x' }).problem).toContain('number from 0 to 350')
    expect(editLimits(inForce, { 'spo2.low': '101' }).problem).toContain('0 to 100')
    expect(editLimits(inForce, { 'heartRate.low': '130' }).problem).toContain('low must be below high')
  })
})
