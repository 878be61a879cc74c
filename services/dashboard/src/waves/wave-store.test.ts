import { describe, expect, it } from 'vitest'
import { createWaveStore, createWriteLog, leadOf, secondWaveOf } from './wave-store.ts'

const START = 1_790_000_000_000
const block = (name: string, late = false, start = START) => ({
  type: 'waveform' as const,
  patient: 'p1',
  device: 'd1',
  position: '1',
  receivedAt: start + 1000,
  late,
  signals: [{ name, unit: 'mV', rateHz: 100, segments: [{ start, samples: Array.from({ length: 100 }, () => 1) }] }],
})

describe('wave store', () => {
  it('tells when a patient has a new signal, and only then', () => {
    const store = createWaveStore()
    let told = 0
    store.onSignals(() => (told += 1))
    store.add(block('ppg'))
    store.add(block('ppg', false, START + 1000))
    store.add(block('ecg.V1'))
    store.add(block('ecg.II'))
    expect(told).toBe(3)
    expect(store.signals('p1')).toEqual(['ecg.II', 'ecg.V1', 'ppg'])
  })

  it('does not set the sweep by late data', () => {
    const store = createWaveStore()
    store.add(block('ecg.II', true, START - 60_000))
    store.add(block('ecg.II'))
    expect(store.clock('p1').lagMs()).toBe(0)
  })

  it('shows lead II in a tile, and pleth before other second waves', () => {
    expect(leadOf(['ecg.II', 'ecg.V1', 'ppg'])).toBe('ecg.II')
    expect(leadOf(['ppg'])).toBeUndefined()
    expect(secondWaveOf(['ecg.II', 'abp', 'resp', 'ppg'])).toBe('ppg')
    expect(secondWaveOf(['ecg.II', 'resp'])).toBe('resp')
    expect(secondWaveOf(['ecg.MLII', 'ecg.V5'])).toBe('ecg.V5')
    expect(secondWaveOf(['ecg.MLII'])).toBeUndefined()
  })
})

it('names the earliest change since a renderer looked', () => {
  const log = createWriteLog(4)
  log.add(50)
  const seen = log.count()
  expect(log.earliestSince(seen)).toBe(Number.POSITIVE_INFINITY)
  log.add(30)
  log.add(40)
  expect(log.earliestSince(seen)).toBe(30)
  for (let i = 0; i < 5; i += 1) log.add(60)
  expect(log.earliestSince(seen)).toBe(Number.NEGATIVE_INFINITY)
})
