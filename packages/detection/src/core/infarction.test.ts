import { describe, expect, test } from 'vitest'
import type { Finding } from '@pulsewire/contracts'
import type { PatientContext } from '../types.ts'
import { createFindingBook, createFindingBookState } from './finding-book.ts'
import { judgeSt } from './infarction.ts'
import { createStState, trackSt, type StState } from './st-tracker.ts'
import { createVitalMemoryState, rememberEvent, rememberVitals } from './vital-memory.ts'
import { elevationThresholdMv } from './lead-geometry.ts'

const START = 1_800_000_000_000
const second = (seconds: number): number => START + seconds * 1000
const NOBODY: PatientContext = { devices: [] }

/** A lead that is level for 40 s and then at `mv`, measured every 3 s up to `until`. */
function lead(name: string, mv: number, until: number, options: { uncertain?: boolean; from?: number } = {}): StState {
  const { uncertain = false, from = 40 } = options
  const state = createStState('d1', `ecg.${name}`, name, second(6))
  for (let at = 6; at <= until; at += 3) {
    const level = (at > from ? mv : 0) * (name === 'aVR' ? -1 : 1)
    const output = { timeMs: second(at), levelMv: level, jMv: level, uncertain }
    trackSt(state, output, elevationThresholdMv(name, NOBODY, second(at)))
  }
  return state
}

function judge(leads: StState[], at: number, memory = createVitalMemoryState()): Finding | undefined {
  const book = createFindingBook('p', createFindingBookState())
  const moment = { timeMs: second(at), late: false, position: 'telemetry/0/1', device: 'd1' }
  judgeSt({}, leads, memory, NOBODY, moment, book)
  return book.get('myocardial-infarction')
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

describe('a reference', () => {
  test('is not bent by an episode that begins while it is learnt', () => {
    const early = lead('II', 0.3, 60, { from: 18 })
    expect(early.reference?.level).toBe(0)
    expect(early.deltaLevel).toBeCloseTo(0.3, 9)
  })
})
