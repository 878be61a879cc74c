import { describe, expect, test } from 'vitest'
import type { Finding } from '@pulsewire/contracts'
import type { PatientContext } from '../types.ts'
import { createFindingBook, createFindingBookState, type FindingBook } from './finding-book.ts'
import { judgeSt, type InfarctionState } from './infarction.ts'
import { createPostureState, type PostureState } from './posture.ts'
import { createStState, trackSt, type LatestMeasurement, type StState } from './st-tracker.ts'
import { createVitalMemoryState, rememberEvent, rememberVitals } from './vital-memory.ts'
import { elevationThresholdMv } from './lead-geometry.ts'

const START = 1_800_000_000_000
const second = (seconds: number): number => START + seconds * 1000
const NOBODY: PatientContext = { devices: [] }

interface LeadOptions {
  uncertain?: boolean
  from?: number
  errorMv?: number
  /** The axis shifts as the level changes. */
  shift?: boolean
  /** The complex from then on. */
  rMv?: number
  sMv?: number
}

/** A lead that is level for 40 s and then at `mv`, measured every 3 s up to `until`. */
function lead(name: string, mv: number, until: number, options: LeadOptions = {}): StState {
  const { uncertain = false, from = 40, errorMv = 0.005, shift = false } = options
  const state = createStState('d1', `ecg.${name}`, name, second(6))
  for (let at = 6; at <= until; at += 3) {
    const level = (at > from ? mv : 0) * (name === 'aVR' ? -1 : 1)
    const changed = at > from
    const output = {
      timeMs: second(at), levelMv: level, jMv: level, uncertain, errorMv, clear: true, axisShift: shift && changed && at - 3 <= from,
      qMv: 0, rMv: changed ? (options.rMv ?? 1) : 1, sMv: changed ? (options.sMv ?? -0.2) : -0.2,
    } // prettier-ignore
    trackSt(state, output, elevationThresholdMv(name, NOBODY, second(at)))
  }
  return state
}

function judged(
  leads: StState[],
  at: number,
  memory = createVitalMemoryState(),
  postures: Readonly<Record<string, PostureState>> = {},
  state: InfarctionState = {},
): FindingBook {
  const book = createFindingBook('p', createFindingBookState())
  const moment = { timeMs: second(at), late: false, position: 'telemetry/0/1', device: 'd1' }
  judgeSt(state, leads, memory, NOBODY, moment, book, postures)
  return book
}

function judge(...[leads, at, memory, postures, state]: Parameters<typeof judged>): Finding | undefined {
  return judged(leads, at, memory, postures, state).get('myocardial-infarction')
}

describe('elevation in contiguous leads', () => {
  test('is a heart attack once it has lasted', () => {
    expect(judge([lead('II', 0.2, 48), lead('aVF', 0.2, 48)], 48)).toBeUndefined()
    expect(judge([lead('II', 0.2, 54), lead('aVF', 0.2, 54)], 54)).toMatchObject({
      priority: 'high',
      onset: second(42),
    })
  })
  test('small elevation must last longer', () => {
    expect(judge([lead('II', 0.12, 57), lead('aVF', 0.12, 57)], 57)).toBeUndefined()
    expect(judge([lead('II', 0.12, 66), lead('aVF', 0.12, 66)], 66)).toMatchObject({ priority: 'high' })
  })
  test('below the threshold of the lead it is none', () => {
    expect(judge([lead('V2', 0.15, 90), lead('V3', 0.15, 90)], 90)).toBeUndefined()
  })
  test('in leads that are no neighbours it is none', () => {
    expect(judge([lead('II', 0.2, 66), lead('V2', 0.3, 66)], 66)).toBeUndefined()
  })
  test('a neighbour that was elevated when it was measured last stands by it', () => {
    expect(judge([lead('II', 0.2, 57), lead('aVF', 0.2, 45)], 57)).toMatchObject({ priority: 'high' })
    expect(judge([lead('II', 0.2, 57), lead('aVF', 0.2, 42)], 57)).toBeUndefined()
  })
  test('two chest leads around one that can be measured and is level are none', () => {
    const around = (): StState[] => [lead('V3', 0.4, 60), lead('V5', 0.4, 60)]
    expect(judge([...around(), lead('V4', 0, 60)], 60)).toBeUndefined()
    expect(judge(around(), 60)).toMatchObject({ priority: 'high' })
  })
  test('depression of aVR counts as elevation of −aVR', () => {
    expect(judge([lead('II', 0.2, 60), lead('aVR', 0.2, 60)], 60)?.message).toContain('−aVR')
  })
  test('what a filtered sensor shows is of medium priority without a second witness', () => {
    const filtered = (): StState[] => ['II', 'III'].map((name) => lead(name, 0.25, 60, { uncertain: true }))
    expect(judge(filtered(), 60)).toMatchObject({ priority: 'medium' })
    const memory = createVitalMemoryState()
    rememberEvent(memory, { timeMs: second(45), event: 'symptom', detail: 'chest-pain' })
    expect(judge(filtered(), 60, memory)).toMatchObject({ priority: 'high' })
  })
})

describe('evidence', () => {
  test('is taken from before and after the onset, and nothing of it from the future', () => {
    const memory = createVitalMemoryState()
    for (let at = 0; at < 120; at += 5) {
      rememberVitals(memory, second(at), {
        systolic: at < 80 ? 120 : 90,
        spo2: at < 50 ? 97 : 92,
        skinConductance: at < 50 ? 3 : 9,
      })
    }
    const attack = judge([lead('II', 0.25, 66), lead('III', 0.25, 66)], 66, memory)
    expect(attack?.evidence).toMatchObject({
      spo2Before: 97,
      spo2Now: 92,
      skinConductanceNow: 9,
      thresholds: { II: 0.1, III: 0.1 },
    })
    expect(attack?.evidence['systolicNow']).toBeUndefined()
  })
})

describe('confidence and priority', () => {
  const ATTACK = (): StState[] => [lead('II', 0.2, 66), lead('III', 0.2, 66)]
  const WITNESSES: readonly (readonly [string, (memory: ReturnType<typeof createVitalMemoryState>) => void])[] = [
    ['chest pain', (memory) => rememberEvent(memory, { timeMs: second(60), event: 'symptom', detail: 'chest-pain' })],
    ['another symptom', (memory) => rememberEvent(memory, { timeMs: second(60), event: 'symptom', detail: 'dizzy' })],
    ['the button', (memory) => rememberEvent(memory, { timeMs: second(60), event: 'patient-button' })],
    ...(
      [
        ['pressure', 'systolic', 125, 95],
        ['SpO2', 'spo2', 97, 91],
        ['skin conductance', 'skinConductance', 3, 9],
        ['heart rate', 'heartRate', 70, 105],
      ] as const
    ).map(([name, code, before, after]) => {
      const remember = (memory: ReturnType<typeof createVitalMemoryState>): void => {
        for (let at = 0; at <= 66; at += 3) rememberVitals(memory, second(at), { [code]: at < 42 ? before : after })
      }
      return [name, remember] as const
    }),
  ]
  test.each(WITNESSES)('%s makes it more certain, and is named', (_name, remember) => {
    const memory = createVitalMemoryState()
    remember(memory)
    const [without, withIt] = [judge(ATTACK(), 66), judge(ATTACK(), 66, memory)]
    expect(withIt?.confidence).toBeGreaterThan(without?.confidence ?? 1)
    expect(withIt?.evidence['support']).toHaveLength(1)
  })
  test('more evidence never lowers it, in any order', () => {
    for (let from = 0; from < WITNESSES.length; from++) {
      const memory = createVitalMemoryState()
      let before = judge(ATTACK(), 66)?.confidence ?? 1
      for (let i = 0; i < WITNESSES.length; i++) {
        WITNESSES[(from + i) % WITNESSES.length]?.[1](memory)
        const now = judge(ATTACK(), 66, memory)?.confidence ?? 0
        expect(now).toBeGreaterThanOrEqual(before)
        before = now
      }
    }
  })
  test('depression opposite and a third lead make it more certain', () => {
    const two = judge(ATTACK(), 66)?.confidence ?? 1
    const opposite = judge([...ATTACK(), lead('aVL', -0.12, 66)], 66)
    expect(opposite?.confidence).toBeGreaterThan(two)
    expect(opposite?.evidence['reciprocalDepression']).toEqual({ aVL: -0.12 })
    expect(opposite?.message).toContain('down in aVL')
    expect(judge([...ATTACK(), lead('aVF', 0.2, 66)], 66)?.confidence).toBeGreaterThan(two)
  })
  test('complexes that changed with it speak against it: look first, but for depression opposite or a witness', () => {
    const turned = (): StState[] => [lead('II', 0.2, 66, { rMv: 0.5 }), lead('III', 0.2, 66, { rMv: 0.5 })]
    expect(judge(turned(), 66)).toMatchObject({ priority: 'medium', evidence: { otherComplex: true } })
    expect(judge(turned(), 66)?.confidence).toBeLessThan(judge(ATTACK(), 66)?.confidence ?? 0)
    expect(judge([...turned(), lead('aVL', -0.12, 66)], 66)).toMatchObject({ priority: 'high' })
  })
})

describe('a body that turns as the level changes', () => {
  const turnedAt = (at: number): Record<string, PostureState> => ({
    d1: { ...createPostureState(), changedAtMs: second(at) },
  })
  const attack = (mv: number): StState[] => [lead('II', mv, 66), lead('III', mv, 66)]
  const pain = (): ReturnType<typeof createVitalMemoryState> => {
    const memory = createVitalMemoryState()
    rememberEvent(memory, { timeMs: second(60), event: 'symptom', detail: 'chest-pain' })
    return memory
  }
  test('makes new elevation one to look at, of less confidence', () => {
    const plain = judge(attack(0.18), 66)
    expect(plain).toMatchObject({ priority: 'high', evidence: { bodyTurned: false } })
    const turned = judge(attack(0.18), 66, undefined, turnedAt(38))
    expect(turned).toMatchObject({ priority: 'medium', evidence: { bodyTurned: true } })
    expect(turned?.confidence).toBeLessThan(plain?.confidence ?? 0)
  })
  test('not at another time, nor with a witness or depression opposite, nor where it is more than posture can do', () => {
    expect(judge(attack(0.18), 66, undefined, turnedAt(20))).toMatchObject({ priority: 'high' })
    expect(judge(attack(0.18), 66, undefined, turnedAt(55))).toMatchObject({ priority: 'high' })
    expect(judge(attack(0.18), 66, pain(), turnedAt(38))).toMatchObject({ priority: 'high' })
    const opposite = [...attack(0.18), lead('aVL', -0.12, 66)]
    expect(judge(opposite, 66, undefined, turnedAt(38))).toMatchObject({ priority: 'high' })
    expect(judge(attack(0.25), 66, undefined, turnedAt(38))).toMatchObject({ priority: 'high' })
  })
  test('explains an episode of one lead, but for chest pain', () => {
    const episode = (memory: ReturnType<typeof createVitalMemoryState>, at: number): Finding | undefined =>
      judged([lead('II', 0.15, 90)], 90, memory, turnedAt(at)).get('st-episode', 'ecg.II')
    expect(episode(createVitalMemoryState(), 38)?.priority).toBeUndefined()
    expect(episode(createVitalMemoryState(), 38)?.evidence['suppressed']).toContain('the body turned')
    expect(episode(createVitalMemoryState(), 10)?.priority).toBe('medium')
    expect(judge([lead('II', 0.15, 90)], 90, pain(), turnedAt(38))).toMatchObject({ priority: 'high' })
  })
  test('stays the explanation when the body turns again', () => {
    const leads = [lead('II', 0.15, 90)]
    judged(leads, 90, undefined, turnedAt(38))
    const again = judged(leads, 90, undefined, turnedAt(85)).get('st-episode', 'ecg.II')
    expect(again?.evidence['suppressed']).toContain('the body turned')
  })
  test('movement lowers the quality', () => {
    const moving = { d1: { ...createPostureState(), moved: [second(60) / 1000] } }
    expect(judge(attack(0.2), 66)?.quality).toBe(1)
    expect(judge(attack(0.2), 66, undefined, moving)?.quality).toBe(0.7)
  })
})

describe('elevation out of proportion to a broad complex', () => {
  interface BroadOptions {
    isOther?: boolean
    shiftedJ?: number
  }
  /** A lead with a deep S wave whose J point has risen by 0.15 mV. */
  const broad = (name: string, mv: number, { isOther = false, shiftedJ = 0 }: BroadOptions = {}): StState => {
    const latest: LatestMeasurement = {
      jMv: mv, j60Mv: mv, j80Mv: mv, qrsMs: 140, qMv: 0, rMv: 0.1, sMv: -1, tAmplitudeMv: 0.4, errorMv: 0.005,
    } // prettier-ignore
    const complex = {
      device: 'd1',
      signal: `ecg.${name}`,
      lead: name,
      uncertain: false,
      firstMs: second(6),
      lastMs: second(90),
    }
    return {
      ...complex, learning: [], fixed: true, level: mv, j: mv, deltaLevel: 0.15, deltaJ: 0.15, margin: 0, latest, shiftedJ,
      otherComplex: isOther, reference: { level: mv - 0.15, j: mv - 0.15, r: 0.1, s: -1 },
    } // prettier-ignore
  }
  const seen = (leads: StState[], memory = createVitalMemoryState()): Finding | undefined =>
    judge(leads, 90, memory, {}, { presentSinceMs: second(60) })

  test('is of high priority where it is new and two leads show it', () => {
    expect(seen([broad('V1', 0.3), broad('V2', 0.4)])).toMatchObject({ priority: 'high' })
  })
  test('one lead alone asks to look, but for a strong witness', () => {
    expect(seen([broad('V1', 0.3), broad('V5', 0)])).toMatchObject({ priority: 'medium' })
    const memory = createVitalMemoryState()
    rememberEvent(memory, { timeMs: second(80), event: 'patient-button' })
    expect(seen([broad('V1', 0.3), broad('V5', 0)], memory)).toMatchObject({ priority: 'high' })
  })
  test('what came with another complex asks to look', () => {
    const leads = [broad('V1', 0.3, { isOther: true }), broad('V2', 0.4, { isOther: true })]
    expect(seen(leads)).toMatchObject({ priority: 'medium', evidence: { otherComplex: true } })
  })
  test('a shift of the axis explains an elevation away, and never makes one', () => {
    expect(seen([broad('V1', 0.3, { shiftedJ: 0.1 }), broad('V2', 0.3, { shiftedJ: 0.1 })])).toBeUndefined()
    expect(seen([broad('V1', 0.15, { shiftedJ: -0.2 }), broad('V2', 0.15, { shiftedJ: -0.2 })])).toBeUndefined()
  })
})

describe('after an arrest', () => {
  const leads = (): StState[] => [lead('II', 0.2, 120), lead('III', 0.2, 120)]
  const after = (fromS: number, toS: number, memory = createVitalMemoryState()): Finding | undefined =>
    judge(leads(), 120, memory, {}, { arrest: { fromMs: second(fromS), toMs: second(toS) } })

  test('elevation asks to look, but for a strong witness', () => {
    expect(after(10, 30)).toMatchObject({ priority: 'medium', evidence: { afterArrest: true } })
    const memory = createVitalMemoryState()
    rememberEvent(memory, { timeMs: second(60), event: 'symptom', detail: 'chest pain' })
    expect(after(10, 30, memory)).toMatchObject({ priority: 'high' })
  })
  test('elevation that was there before it is of high priority', () => {
    expect(after(50, 90)).toMatchObject({ priority: 'high', evidence: { afterArrest: false } })
  })
  test('minutes later it is of high priority', () => {
    expect(after(-600, -400)).toMatchObject({ priority: 'high' })
  })
})

describe('an axis shift', () => {
  test('takes the reference along, up to what posture can do', () => {
    const [turned, more] = [lead('II', 0.15, 120, { shift: true }), lead('II', 0.5, 120, { shift: true })]
    expect(turned.deltaLevel).toBeCloseTo(0, 9)
    expect(turned.episode).toBeUndefined()
    expect(more.deltaLevel).toBeCloseTo(0.3, 9)
    expect(more.episode).toBeDefined()
  })
})

describe('electrodes that change places', () => {
  test('begin a new reference: the segment that turned over with the complex is no episode', () => {
    const turned = lead('II', 0.2, 150, { rMv: 0.2, sMv: -1 })
    expect(turned.turnedMs).toBe(second(42))
    expect(turned.deltaLevel).toBeCloseTo(0, 9)
    expect(turned.episode).toBeUndefined()
  })
  test('are told from an axis shift, that the same turn brings', () => {
    expect(lead('II', 0.2, 150, { rMv: 0.2, sMv: -1, shift: true }).turnedMs).toBe(second(42))
  })
})

describe('an uncertain measurement', () => {
  test('must be off by more', () => {
    expect(lead('II', 0.12, 120).episode).toBeDefined()
    expect(lead('II', 0.12, 120, { errorMv: 0.03 }).episode).toBeUndefined()
    expect(lead('II', 0.2, 120, { errorMv: 0.03 }).episode).toBeDefined()
  })
  test('is none where nothing is known of its error', () => {
    expect(lead('II', 0.5, 120, { errorMv: Number.NaN }).lastMs).toBe(second(6))
  })
})

describe('a reference', () => {
  test('is not bent by an episode that begins while it is learnt', () => {
    const early = lead('II', 0.3, 60, { from: 18 })
    expect(early.reference?.level).toBe(0)
    expect(early.deltaLevel).toBeCloseTo(0.3, 9)
  })
})
