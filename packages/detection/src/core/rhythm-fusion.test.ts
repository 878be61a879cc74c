import { describe, expect, test } from 'vitest'
import type { RhythmType } from '@pulsewire/ecg'
import type { Moment } from '../types.ts'
import { createFindingBook, createFindingBookState, type FindingBook } from './finding-book.ts'
import { createLeadView, type LeadView } from './lead-view.ts'
import { fuseRhythms, type FusionInputs } from './rhythm-fusion.ts'
import { createVitalMemoryState } from './vital-memory.ts'

const NOW = 1_800_000_000_000
const ONSET = NOW - 5_000

function lead(name: string, change: Partial<LeadView> = {}): LeadView {
  return { ...createLeadView('d1', `ecg.${name}`, name), seenMs: NOW, saidUntilMs: NOW, quality: 0.9, ...change }
}
function rhythm(type: RhythmType, change: Partial<LeadView['rhythms'][number]> = {}): LeadView['rhythms'] {
  return [{ type, onsetMs: ONSET, confidence: 0.9, evidence: {}, ...change }]
}
const beating = (intervalMs = 800): LeadView['beats'] =>
  Array.from({ length: 12 }, (_, index): [number, 'N'] => [NOW - index * intervalMs, 'N']).toReversed()

function fuse(leads: LeadView[], change: Partial<FusionInputs> = {}, atMs = NOW, book?: FindingBook) {
  const into = book ?? createFindingBook('p', createFindingBookState())
  const moment: Moment = { timeMs: atMs, late: false, position: 'telemetry/0/1', device: 'd1' }
  const inputs = {
    leads,
    primary: leads[0]?.key,
    electrodesOff: {},
    memory: createVitalMemoryState(),
    pulses: [],
    ...change,
  }
  fuseRhythms(inputs, moment, into)
  return into.drain()
}

describe('life-threatening rhythms', () => {
  test.each([
    'asystole',
    'ventricular-fibrillation',
    'ventricular-tachycardia',
    'extreme-bradycardia',
    'extreme-tachycardia',
  ] as const)('%s in one good lead alarms, with its onset', (type) => {
    expect(fuse([lead('II', { rhythms: rhythm(type) })])).toMatchObject([
      { type, priority: 'high', onset: ONSET, status: 'open' },
    ])
  })
  test('three leads make one finding', () => {
    const leads = ['II', 'V1', 'V5'].map((name) => lead(name, { rhythms: rhythm('ventricular-tachycardia') }))
    const findings = fuse(leads)
    expect(findings).toHaveLength(1)
    expect(findings[0]?.evidence['leads']).toEqual(['II', 'V1', 'V5'])
  })
  test.each(['asystole', 'ventricular-fibrillation', 'ventricular-tachycardia'] as const)(
    '%s is a finding without alarm while another good lead beats regularly, with the reason',
    (type) => {
      const [finding] = fuse([lead('II', { rhythms: rhythm(type) }), lead('V5', { beats: beating() })])
      expect(finding?.priority).toBeUndefined()
      expect(finding?.evidence['suppressed']).toContain('V5')
    },
  )
  test('a bad lead contradicts nothing', () => {
    const leads = [lead('II', { rhythms: rhythm('asystole') }), lead('V5', { beats: beating(), quality: 0.3 })]
    expect(fuse(leads)).toMatchObject([{ priority: 'high' }])
  })
  test('a lead that stopped sending contradicts nothing', () => {
    const leads = [lead('II', { rhythms: rhythm('asystole') }), lead('V5', { beats: beating(), seenMs: NOW - 6_000 })]
    expect(fuse(leads)).toMatchObject([{ priority: 'high' }])
  })
  test('a lead that beats irregularly does not contradict ventricular fibrillation', () => {
    const beats: LeadView['beats'] = [4_500, 4_100, 2_600, 2_200, 300].map((ago) => [NOW - ago, 'N'])
    const leads = [lead('II', { rhythms: rhythm('ventricular-fibrillation') }), lead('V5', { beats })]
    expect(fuse(leads)).toMatchObject([{ priority: 'high' }])
  })
  test('the alarm comes once the contradiction is gone', () => {
    const book = createFindingBook('p', createFindingBookState())
    const silent = lead('II', { rhythms: rhythm('asystole') })
    expect(fuse([silent, lead('V5', { beats: beating() })], {}, NOW, book)[0]?.priority).toBeUndefined()
    expect(fuse([silent, lead('V5')], {}, NOW, book)).toMatchObject([{ priority: 'high' }])
  })
})

describe('the pulse', () => {
  const silent = lead('II', { rhythms: rhythm('asystole') })
  test('a regular pulse wave since the onset speaks against asystole', () => {
    const pulses = [NOW - 4_000, NOW - 3_200, NOW - 2_400, NOW - 1_600]
    expect(fuse([silent], { pulses })[0]?.evidence['suppressed']).toContain('pulse wave')
  })
  test('pulses before the onset do not', () => {
    expect(fuse([silent], { pulses: [ONSET - 1_600, ONSET - 800, ONSET] })).toMatchObject([{ priority: 'high' }])
  })
  test("the device's pulse rate speaks against it only when measured well after the onset: it is an average that lags", () => {
    const memory = (agoMs: number) => ({
      ...createVitalMemoryState(),
      latest: { pulseRate: { value: 70, timeMs: NOW - agoMs } },
    })
    expect(fuse([silent], { memory: memory(1_000) })).toMatchObject([{ priority: 'high' }])
    const long = lead('II', { rhythms: rhythm('asystole', { onsetMs: NOW - 30_000 }) })
    expect(fuse([long], { memory: memory(1_000) })[0]?.evidence['suppressed']).toContain('70 /min')
  })
})

describe('signal quality comes first', () => {
  test('a noisy lead opens nothing', () => {
    expect(
      fuse([lead('II', { quality: 0.2, reasons: ['noise'], rhythms: rhythm('ventricular-fibrillation') })]),
    ).toEqual([])
  })
  test('an electrode that is off opens nothing', () => {
    expect(fuse([lead('II', { rhythms: rhythm('asystole') })], { electrodesOff: { d1: ['ecg.II'] } })).toEqual([])
    expect(fuse([lead('II', { rhythms: rhythm('asystole') })], { electrodesOff: { d1: ['*'] } })).toEqual([])
  })
  test('a low signal is what asystole looks like', () => {
    const low = lead('II', { quality: 0.4, reasons: ['low-amplitude'], rhythms: rhythm('asystole') })
    expect(fuse([low])).toMatchObject([{ type: 'asystole', priority: 'high' }])
  })
  test('what is open stays open while the signal is bad', () => {
    const book = createFindingBook('p', createFindingBookState())
    const view = lead('II', { rhythms: rhythm('ventricular-tachycardia') })
    fuse([view], {}, NOW, book)
    fuse([{ ...view, quality: 0.1 }], {}, NOW + 1_000, book)
    expect(book.get('ventricular-tachycardia')).toBeDefined()
  })
})

describe('one alarm for one condition', () => {
  test('a rhythm that a worse one includes is not opened beside it', () => {
    const rhythms = [...rhythm('asystole'), ...rhythm('pause'), ...rhythm('bradycardia')]
    expect(fuse([lead('II', { rhythms })]).map(({ type }) => type)).toEqual(['asystole'])
  })
  test('others come from the primary lead alone', () => {
    const leads = [lead('II'), lead('V5', { rhythms: rhythm('tachycardia') })]
    expect(fuse(leads)).toEqual([])
    expect(fuse(leads, { primary: 'd1/ecg.V5' })).toMatchObject([{ type: 'tachycardia', priority: 'medium' }])
  })
  test('the end is where the lead says it was', () => {
    const book = createFindingBook('p', createFindingBookState())
    fuse([lead('II', { rhythms: rhythm('tachycardia') })], {}, NOW, book)
    const over = lead('II', { seenMs: NOW + 3_000, rhythms: rhythm('tachycardia', { endMs: NOW + 2_000 }) })
    expect(fuse([over], {}, NOW + 3_000, book)).toMatchObject([{ status: 'ended', end: NOW + 2_000 }])
  })
})
