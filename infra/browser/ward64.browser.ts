import { describe, expect, it } from 'vitest'
import { darkRuns } from './support/browser.ts'
import { problemsOf, type Stretch, type WardReport } from './ward64/report.ts'
import { pixelDelays } from './ward64/screen.ts'

const stretch = (change: Partial<Stretch> = {}): Stretch => ({
  atS: 0,
  arrivalMs: [20, 30],
  pixelMs: [510, 520],
  heapMb: 20,
  residentMb: 250,
  pageCpu: 0.3,
  compositorCpu: 0.2,
  ...change,
})
const report = (change: Partial<WardReport> = {}): WardReport => ({
  patients: 64,
  seconds: 60,
  load: { firstTileMs: 400, kilobytes: 200 },
  frames: {
    framesPerS: 60,
    frameMs: { p50: 16.7, p99: 17, longest: 30 },
    pageScriptMs: 1,
    workerScriptMs: 1,
    rasterMs: 2,
    compositeMs: 5,
    pageThreadMs: 3,
  },
  stretches: Array.from({ length: 8 }, () => stretch()),
  alarm: { soundMs: 200, screenMs: 300, acknowledgedMs: 100, keys: 1 },
  patientHeapMb: [5, 5.3],
  beats: { real: 4000, missed: 0, where: [] },
  falseHigh: [],
  system: [],
  ...change,
})
const grown = (change: Partial<Stretch>) => [
  ...Array.from({ length: 4 }, () => stretch()),
  ...Array.from({ length: 4 }, () => stretch(change)),
]

describe('the verdict on a ward', () => {
  it('is that all is well where nothing grows, nothing is missed and nobody rings', () => {
    expect(problemsOf(report())).toEqual([])
  })

  it('is the same where much waits for a collection now and then', () => {
    const stretches = Array.from({ length: 8 }, (_, index) => stretch({ heapMb: 20 + (index % 4) * 30 }))
    expect(problemsOf(report({ stretches }))).toEqual([])
  })

  it('says nothing of a delay that grows within a minute, nor of less than a minute; of what was not seen it does', () => {
    expect(problemsOf(report({ stretches: grown({ pixelMs: [900] }) }))).toEqual([])
    expect(problemsOf(report({ seconds: 30, stretches: grown({ heapMb: 30, residentMb: 350 }) }))).toEqual([])
    expect(problemsOf(report({ stretches: grown({ pixelMs: [] }) })).join()).toContain('delay was not seen')
  })

  it.each([
    ['delay', { seconds: 3600, stretches: grown({ pixelMs: [900] }) }],
    ['heap', { seconds: 60, stretches: grown({ heapMb: 30 }) }],
    ['patient', { patientHeapMb: [5, 6.1] }],
    ['memory', { seconds: 3600, stretches: grown({ residentMb: 350 }) }],
    ['beats missed', { beats: { real: 4000, missed: 1, where: ['Bed 1'] } }],
    ['no beat', { beats: { real: 0, missed: 0, where: [] } }],
    ['healthy', { falseHigh: ['Bed 1: V-FIB'] }],
    // A probe that was never seen proves nothing.
    ['delay', { stretches: grown({ pixelMs: [] }) }],
  ] as const)('names what is wrong: %s', (word, change) => {
    expect(problemsOf(report(change)).join()).toContain(word)
  })
})

it('reckons from the published block to its first pixel', () => {
  // Blocks of an even second go up: published a second after their start.
  expect(pixelDelays([{ at: 1_790_000_001_510, up: true }])).toEqual([510])
  expect(pixelDelays([{ at: 1_790_000_002_520, up: false }])).toEqual([520])
  expect(pixelDelays([{ at: 1_790_000_002_300, up: true }])).toEqual([1300])
})

it('sees the erase bar as one dark run, also where the sweep begins again at the left', () => {
  expect(darkRuns('####....####')).toEqual([4])
  expect(darkRuns('..########..')).toEqual([4])
  expect(darkRuns('##..####..##')).toEqual([2, 2])
  expect(darkRuns('....')).toEqual([4])
})
