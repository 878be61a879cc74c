import { describe, expect, test } from 'vitest'
import type { RhythmType } from '@pulsewire/ecg'
import type { Moment } from '../types.ts'
import { createFindingBook, createFindingBookState, type FindingBook } from './finding-book.ts'
import { createLeadView, type LeadView, type SeenBeat } from './lead-view.ts'
import { createPostureState } from './posture.ts'
import { createPulseWaveState, type Pulse, type PulseWaveState } from './pulse-wave.ts'
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
  Array.from({ length: 12 }, (_, index): SeenBeat => [NOW - index * intervalMs, 'N', 0.97]).toReversed()

/** A pulse wave with pulses of one height so long ago. */
function wave(agoMs: readonly number[], height: (agoMs: number) => number = () => 1): PulseWaveState {
  const pulses = agoMs.map((ago): Pulse => {
    const timeMs = NOW - ago
    return { timeMs, saidMs: timeMs + 200, foot: 0, top: height(ago), mean: 0.3, cut: false }
  })
  return { ...createPulseWaveState('ppg', 'd1'), pulses }
}

function fuse(leads: LeadView[], change: Partial<FusionInputs> = {}, atMs = NOW, book?: FindingBook) {
  const into = book ?? createFindingBook('p', createFindingBookState())
  const moment: Moment = { timeMs: atMs, late: false, position: 'telemetry/0/1', device: 'd1' }
  const inputs = {
    leads,
    primary: leads[0]?.key,
    electrodesOff: {},
    memory: createVitalMemoryState(),
    waves: [],
    postures: {},
    doubts: {},
    runs: {},
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
    const beats: LeadView['beats'] = [4_500, 4_100, 2_600, 2_200, 300].map((ago) => [NOW - ago, 'N', 0.7])
    const leads = [lead('II', { rhythms: rhythm('ventricular-fibrillation') }), lead('V5', { beats })]
    expect(fuse(leads)).toMatchObject([{ priority: 'high' }])
  })
  test.each(['ventricular-fibrillation', 'ventricular-tachycardia', 'extreme-tachycardia'] as const)(
    'a lead that leaves out waves as tall as its beats (every other one of a flutter) does not speak against %s',
    (type) => {
      const said = lead('II', { rhythms: rhythm(type) })
      const halfCounted = (clarityNow: number): LeadView =>
        lead('V5', { beats: beating(480), clarity: 0.9, clarityNow })
      expect(fuse([said, halfCounted(0.9)])[0]?.evidence['suppressed']).toContain('V5')
      expect(fuse([said, halfCounted(0.2)])[0]?.evidence['suppressed'] ?? '').not.toContain('V5')
    },
  )
  test('the alarm comes soon after the contradiction is gone', () => {
    const book = createFindingBook('p', createFindingBookState())
    const doubts = {}
    const at = (ms: number, beats: LeadView['beats']) => {
      const silent = lead('II', { seenMs: NOW + ms, rhythms: rhythm('asystole') })
      return fuse([silent, lead('V5', { seenMs: NOW + ms, beats })], { doubts }, NOW + ms, book)
    }
    expect(at(0, beating())[0]?.priority).toBeUndefined()
    expect(at(1_000, [])).toEqual([])
    expect(at(3_000, [])).toMatchObject([{ priority: 'high' }])
  })
})

describe('two leads that disagree', () => {
  const run: LeadView['beats'] = [4_000, 3_450, 2_900, 2_350, 1_800, 1_250, 700].map((ago) => [NOW - ago, 'V', 0.3])
  const claim = (change: Partial<LeadView> = {}): LeadView =>
    lead('V1', { rhythms: rhythm('ventricular-tachycardia'), beats: run, clarity: 0.8, ...change })
  const slow = (likeness: number): LeadView['beats'] => [
    [NOW - 4_600, 'N', likeness],
    [NOW - 3_800, 'V', 0.4],
    [NOW - 2_400, 'N', likeness],
    [NOW - 1_600, 'V', 0.4],
    [NOW - 300, 'V', 0.4],
  ]

  test('a beat like the normal one, at a rate that is none of a run, speaks against a ventricular run', () => {
    const other = lead('II', { beats: slow(0.98), clarity: 0.95 })
    expect(fuse([claim(), other])[0]?.evidence['suppressed']).toContain('II')
  })
  test('beats that are not alike do not; but a run that only one of two good leads sees is none', () => {
    const other = lead('II', { beats: slow(0.7), clarity: 0.95 })
    expect(fuse([claim(), other])[0]?.evidence['suppressed']).toContain('together')
    const alike = lead('II', { beats: run, clarity: 0.95 })
    expect(fuse([claim(), alike])).toMatchObject([{ priority: 'high' }])
  })
  test('a run that both leads see rings, whatever one of its beats is called', () => {
    const beats = run.map(([timeMs], index): SeenBeat => [timeMs, index === 3 ? 'N' : 'V', index === 3 ? 0.95 : 0.3])
    expect(fuse([claim(), lead('II', { beats, clarity: 0.9 })])).toMatchObject([{ priority: 'high' }])
  })
  test('but where one lead is much clearer, no beat of a run looks normal in it', () => {
    const beats = run.map(([timeMs], index): SeenBeat => [timeMs, index === 3 ? 'N' : 'V', index === 3 ? 0.95 : 0.3])
    expect(fuse([claim(), lead('II', { beats, clarity: 0.97 })])[0]?.priority).toBeUndefined()
  })
  test('normal beats speak against fibrillation even where they come irregularly', () => {
    const beats = [4_500, 4_100, 2_600, 2_200, 300].map((ago): SeenBeat => [NOW - ago, 'N', 0.97])
    const leads = [lead('V1', { rhythms: rhythm('ventricular-fibrillation') }), lead('II', { beats })]
    expect(fuse(leads)[0]?.evidence['suppressed']).toContain('II')
  })
  test.each(['asystole', 'extreme-bradycardia'] as const)(
    'beats that look strange (exchanged electrodes) speak against %s where they are even and stand out more than the silent lead',
    (type) => {
      const strange = beating().map(([timeMs]): SeenBeat => [timeMs, 'V', 0.01])
      const silent = lead('V1', { rhythms: rhythm(type), clarity: 0.5 })
      const against = (change: Partial<LeadView>) =>
        fuse([silent, lead('II', { beats: strange, clarity: 0.9, clarityNow: 0.9, ...change })])
      expect(against({})[0]?.evidence['suppressed']).toContain('lead II shows')
      const uneven = strange.map(([timeMs], i): SeenBeat => [timeMs + (i % 2) * 300, 'V', 0.01])
      for (const change of [{ clarityNow: 0.6 }, { clarity: 0.4 }, { beats: uneven }, { beats: strange.slice(-2) }]) {
        expect(against(change)).toMatchObject([{ type, priority: 'high' }])
      }
    },
  )
  test('beats that may be noise do not speak against asystole', () => {
    const noise = run.map(([timeMs]): SeenBeat => [timeMs, 'V', 0.2])
    const leads = [lead('II', { rhythms: rhythm('asystole') }), lead('V1', { beats: noise })]
    expect(fuse(leads)).toMatchObject([{ priority: 'high' }])
  })

  describe('and one of them cannot be read for a while', () => {
    const scene = () => {
      const book = createFindingBook('p', createFindingBookState())
      const doubts = {}
      return (ms: number, change: Partial<LeadView>, other: Partial<LeadView> = {}) => {
        const leads = [
          claim({ seenMs: NOW + ms, ...change }),
          lead('II', { seenMs: NOW + ms, clarity: 0.95, ...other }),
        ]
        return fuse(leads, { doubts }, NOW + ms, book)
      }
    }
    const bad: Partial<LeadView> = { quality: 0.3, badSinceMs: NOW + 1_000, beats: beating() }

    test('what it contradicted stays without alarm', () => {
      const step = scene()
      expect(step(0, {}, { beats: beating() })[0]?.priority).toBeUndefined()
      for (let ms = 1_000; ms <= 29_000; ms += 1_000)
        expect(step(ms, {}, bad).every(({ priority }) => priority === undefined)).toBe(true)
    })
    test('but not for ever', () => {
      const step = scene()
      step(0, {}, { beats: beating() })
      step(20_000, {}, bad)
      expect(step(31_000, {}, bad)).toMatchObject([{ priority: 'high' }])
    })
    test('and not where it sees the same now', () => {
      const step = scene()
      step(0, {}, { beats: beating() })
      const now = step(3_000, {}, { rhythms: rhythm('ventricular-tachycardia'), beats: run })
      expect(now).toMatchObject([{ priority: 'high', evidence: { leads: ['V1', 'II'] } }])
    })
    test('what was contradicted ends without an alarm', () => {
      const step = scene()
      step(0, {}, { beats: beating() })
      const over = rhythm('ventricular-tachycardia', { endMs: NOW + 1_000 })
      const [ended, ...more] = step(2_000, { rhythms: over }, bad)
      expect(more).toEqual([])
      expect(ended?.status).toBe('ended')
      expect(ended?.priority).toBeUndefined()
    })
    test('a lead that is much less clear waits some seconds for it, and then speaks', () => {
      const step = scene()
      const other = { ...bad, beats: [], clarity: 0.97, badSinceMs: NOW - 2_000 }
      expect(step(0, {}, other)[0]?.evidence['suppressed']).toContain('clearer')
      expect(step(9_000, {}, other)).toMatchObject([{ priority: 'high' }])
    })
    test('a lead as clear as the other does not wait', () => {
      const step = scene()
      expect(step(0, { clarity: 0.95 }, { ...bad, beats: [] })).toMatchObject([{ priority: 'high' }])
    })
  })
})

describe('the pulse', () => {
  const silent = lead('II', { rhythms: rhythm('asystole') })
  test('a regular pulse wave since the onset speaks against asystole', () => {
    expect(fuse([silent], { waves: [wave([4_000, 3_200, 2_400, 1_600])] })[0]?.evidence['suppressed']).toContain(
      'pulse wave',
    )
  })
  test('pulses before the onset do not', () => {
    expect(fuse([silent], { waves: [wave([6_600, 5_800, 5_000])] })).toMatchObject([{ priority: 'high' }])
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

describe('movement', () => {
  const moving = { d1: { ...createPostureState(), moved: [Math.floor(ONSET / 1000) + 1] } }
  const claim = (type: RhythmType, onsetMs = ONSET): LeadView => lead('II', { rhythms: rhythm(type, { onsetMs }) })
  test('a short ventricular run of the only lead while the patient moves does not ring', () => {
    const [finding] = fuse([claim('ventricular-tachycardia')], { postures: moving })
    expect(finding?.priority).toBeUndefined()
    expect(finding?.evidence['suppressed']).toContain('moves')
  })
  test('one that lasts does; and so does one while the pulse falls', () => {
    const long = claim('ventricular-tachycardia', NOW - 9_000)
    expect(fuse([long], { postures: moving })).toMatchObject([{ priority: 'high' }])
    const before = Array.from({ length: 30 }, (_, i) => 5_000 + i * 800).toReversed()
    const falls = { ...wave(before), lastMs: NOW }
    expect(fuse([claim('ventricular-tachycardia')], { postures: moving, waves: [falls] })).toMatchObject([{ priority: 'high' }]) // prettier-ignore
  })
  test.each(['ventricular-fibrillation', 'asystole'] as const)('%s rings all the same', (type) => {
    expect(fuse([claim(type)], { postures: moving })).toMatchObject([{ priority: 'high' }])
  })
})

describe('signal quality comes first', () => {
  describe('a noisy lead', () => {
    const noisy = (type: RhythmType): LeadView =>
      lead('II', { quality: 0.2, reasons: ['noise'], rhythms: rhythm(type) })
    test('rings nothing: the candidate is kept, with the reason', () => {
      const [finding] = fuse([noisy('ventricular-fibrillation')])
      expect(finding?.priority).toBeUndefined()
      expect(finding?.evidence['suppressed']).toContain(
        'cannot be read (noise of muscles, movement or a loose electrode)',
      )
    })
    test('opens nothing else', () => {
      expect(fuse([noisy('tachycardia')])).toEqual([])
    })
    test('is told of once in five minutes', () => {
      const book = createFindingBook('p', createFindingBookState())
      const doubts = {}
      const raised: number[] = []
      for (let ms = 0; ms <= 600_000; ms += 10_000) {
        const view = { ...noisy('ventricular-tachycardia'), seenMs: NOW + ms }
        raised.push(fuse([view], { doubts }, NOW + ms, book).filter(({ status }) => status === 'open').length)
        fuse([{ ...view, rhythms: [] }], { doubts }, NOW + ms + 1_000, book)
      }
      expect(raised.reduce((sum, n) => sum + n, 0)).toBe(3)
    })
    describe('that goes on for 8 s', () => {
      const lasting = (type: RhythmType, change: Partial<LeadView> = {}): LeadView => ({
        ...noisy(type),
        rhythms: rhythm(type, { onsetMs: NOW - 8_000 }),
        ...change,
      })
      test('is believed of a fibrillation, whose high waves are rough', () => {
        expect(fuse([lasting('ventricular-fibrillation')])).toMatchObject([{ priority: 'high', onset: NOW - 8_000 }])
      })
      test('not of another rhythm, nor where more than noise is wrong, nor against a good lead', () => {
        const saturated = lasting('ventricular-fibrillation', { reasons: ['noise', 'saturated'] })
        const against = [lasting('ventricular-fibrillation'), lead('V1', { beats: beating(), clarity: 0.9 })]
        for (const leads of [[lasting('ventricular-tachycardia')], [saturated], against])
          expect(fuse(leads).map(({ priority }) => priority)).toEqual([undefined])
      })
    })
    test('rings once it can be read and says it still', () => {
      const book = createFindingBook('p', createFindingBookState())
      fuse([noisy('ventricular-fibrillation')], {}, NOW, book)
      const clear = { ...noisy('ventricular-fibrillation'), quality: 0.9, reasons: [] }
      expect(fuse([clear], {}, NOW + 1_000, book)).toMatchObject([{ priority: 'high' }])
    })
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

describe('rhythms that are not life-threatening', () => {
  test('atrial fibrillation of less than 30 s is no finding yet', () => {
    const fibrillating = (forMs: number) => [
      lead('II', { rhythms: rhythm('atrial-fibrillation', { onsetMs: NOW - forMs }) }),
    ]
    expect(fuse(fibrillating(29_000))).toEqual([])
    expect(fuse(fibrillating(30_000))).toMatchObject([{ type: 'atrial-fibrillation', priority: 'medium' }])
  })
  test('a hint at an AV block rings for nobody, and says what was seen', () => {
    const evidence = { degree: 'first', prMs: 280 }
    const [finding, ...others] = fuse([lead('II', { rhythms: rhythm('av-block', { evidence }) })])
    expect(others).toEqual([])
    expect(finding?.priority).toBeUndefined()
    expect(finding?.message).toContain('PR interval 280 ms')
  })
})
