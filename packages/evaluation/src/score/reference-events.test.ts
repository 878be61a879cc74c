import { annotate } from '@pulsewire/wfdb'
import { describe, expect, test } from 'vitest'
import { referenceEvents } from './reference-events.ts'

const beats = (fromS: number, everyS: number, count: number, symbol = 'N') =>
  Array.from({ length: count }, (_, i) => annotate(Math.round((fromS + i * everyS) * 100), symbol))
const typesOf = (...annotations: Parameters<typeof referenceEvents>[0][]) =>
  referenceEvents(annotations.flat(), 100).map(({ type }) => type)

describe('events that reference beats prove', () => {
  test('nothing in a normal rhythm, nor in four ventricular beats', () => {
    expect(typesOf(beats(0, 0.8, 60))).toEqual([])
    expect(typesOf(beats(0, 0.8, 10), beats(8, 0.5, 4, 'V'), beats(10.5, 0.8, 10))).toEqual([])
  })

  test('five ventricular beats above 100 /min, and not below', () => {
    expect(typesOf(beats(0, 0.8, 10), beats(8, 0.55, 5, 'V'), beats(11, 0.8, 10))).toEqual(['ventricular-tachycardia'])
    expect(typesOf(beats(0, 0.8, 10), beats(8, 0.7, 5, 'V'), beats(12, 0.8, 10))).toEqual([])
  })

  test('no beat for four seconds; five below 40; seventeen above 140 /min', () => {
    // The silence also makes the mean of four intervals that of a bradycardia.
    expect(typesOf(beats(0, 0.8, 10), beats(11.5, 0.8, 10))).toEqual(['extreme-bradycardia', 'asystole'])
    expect(typesOf(beats(0, 0.8, 10), beats(8, 1.6, 6), beats(17, 0.8, 10))).toEqual(['extreme-bradycardia'])
    expect(typesOf(beats(0, 0.8, 10), beats(8, 0.4, 18), beats(16, 0.8, 10))).toEqual(['extreme-tachycardia'])
  })

  test('flutter, across which no interval reaches', () => {
    expect(typesOf(beats(0, 0.8, 10), [annotate(800, '['), annotate(1800, ']')], beats(18.5, 0.8, 10))).toEqual([
      'ventricular-fibrillation',
    ])
  })
})
