import { describe, expect, test } from 'vitest'
import { judgeElevation, type LeadMeasurement, type StCriteria } from './st-criteria.ts'

const AT = Date.UTC(2026, 5, 15)
const MAN = { sex: 'male', dateOfBirth: '1960-01-01' } as const
const LEADS = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']
const DOWN = new Set(['aVR', 'V1', 'V2'])

/** Twelve leads of a healthy heart, some of them changed. */
function heart(
  changes: Readonly<Record<string, Partial<LeadMeasurement>>>,
  all: Partial<LeadMeasurement> = {},
): LeadMeasurement[] {
  return LEADS.map((lead) => ({
    lead, jMv: 0, j60Mv: 0.02, j80Mv: 0.03, qrsMs: 90, qMv: 0, rMv: DOWN.has(lead) ? 0.2 : 1, sMv: DOWN.has(lead) ? -0.8 : -0.1,
    tAmplitudeMv: 0.3, qtMs: 400, errorMv: 0.005, heartRate: 60, ...all, ...changes[lead],
  })) // prettier-ignore
}
const st = (mv: number, more: Partial<LeadMeasurement> = {}): Partial<LeadMeasurement> => ({
  jMv: mv,
  j60Mv: mv,
  j80Mv: mv,
  ...more,
})
const judge = (leads: readonly LeadMeasurement[], patient: object = MAN): StCriteria =>
  judgeElevation(leads, patient, AT)

describe('the definition', () => {
  test('asks for two contiguous leads above their thresholds', () => {
    expect(judge(heart({}))).toMatchObject({ definition: [], suspected: false })
    expect(judge(heart({ II: st(0.15) })).definition).toEqual([])
    expect(judge(heart({ II: st(0.15), aVF: st(0.12) }))).toMatchObject({
      definition: ['II', 'aVF'],
      suspected: true,
      region: 'inferior',
    })
    expect(judge(heart({ V2: st(0.18), V3: st(0.18) })).definition).toEqual([])
    expect(judge(heart({ V2: st(0.18), V3: st(0.18) }), { sex: 'female' }).definition).toEqual(['V2', 'V3'])
  })
  test('a lead that is too uncertain does not count', () => {
    expect(judge(heart({ II: st(0.2), aVF: st(0.2, { errorMv: 0.05 }) })).suspected).toBe(false)
    expect(judge(heart({ II: st(0.2), aVF: st(0.2, { errorMv: Number.NaN }) })).suspected).toBe(false)
  })
  test('depression opposite is said', () => {
    const judged = judge(heart({ II: st(0.2), III: st(0.25), aVF: st(0.2), aVL: st(-0.1), I: st(-0.06) }))
    expect(judged).toMatchObject({ suspected: true, reciprocal: ['I', 'aVL'] })
    expect(judged.reasonsFor).toContain('reciprocal-depression')
  })
})

describe('what explains an elevation better', () => {
  const rising = (j: number): Partial<LeadMeasurement> => ({
    jMv: j,
    j60Mv: j + 0.02,
    j80Mv: j + 0.04,
    tAmplitudeMv: 0.7,
    rMv: 1.8,
  })
  test('early repolarisation: a low J, a rising segment and a tall T wave, nothing opposite', () => {
    const early = judge(heart({ V4: rising(0.12), V5: rising(0.11), V6: rising(0.1) }))
    expect(early).toMatchObject({ suspected: false, reasonsAgainst: ['early-repolarisation'] })
    expect(early.definition).toEqual(['V4', 'V5', 'V6'])
  })
  test('but not with depression opposite, nor with a high J', () => {
    const inferior = { II: rising(0.12), aVF: rising(0.12) }
    expect(judge(heart(inferior)).suspected).toBe(false)
    expect(judge(heart({ ...inferior, aVL: st(-0.06) })).suspected).toBe(true)
    expect(judge(heart({ II: rising(0.25), aVF: rising(0.25) })).suspected).toBe(true)
  })
  test('before V2 to V4 by four variables: a long QT and low voltage is occlusion', () => {
    const anterior = (more: Partial<LeadMeasurement>): LeadMeasurement[] =>
      heart(
        { V2: { ...rising(0.22), rMv: 0.6, sMv: -1 }, V3: rising(0.22), V4: { ...rising(0.12), ...more } },
        { qtMs: 440 },
      )
    expect(judge(anterior({ rMv: 2.2 })).suspected).toBe(false)
    expect(judge(anterior({ rMv: 0.5 })).suspected).toBe(true)
  })
  test('hypertrophy: elevation under deep S waves counts from a quarter of the complex', () => {
    const deep = { rMv: 0.3, sMv: -2.5 }
    const tall = { V5: { rMv: 2.5 }, V6: { rMv: 2 } }
    const strain = judge(heart({ V1: st(0.15, deep), V2: st(0.3, deep), V3: st(0.25, deep), ...tall }))
    expect(strain).toMatchObject({ suspected: false, reasonsAgainst: ['hypertrophy'] })
    expect(judge(heart({ V1: st(0.2, deep), V2: st(0.8, deep), V3: st(0.75, deep), ...tall })).suspected).toBe(true)
  })
  test('a broad complex: ST on the other side is expected, on the same side or out of proportion it is not', () => {
    const broad = { qrsMs: 150 }
    const left = { rMv: 0.2, sMv: -2 }
    const block = { V1: st(0.2, left), V2: st(0.35, left), V3: st(0.3, left) }
    expect(judge(heart(block, broad))).toMatchObject({ suspected: false, reasonsAgainst: ['broad-qrs'] })
    expect(judge(heart({ ...block, V2: st(0.6, left) }, broad)).reasonsFor).toContain('out-of-proportion')
    expect(judge(heart({ ...block, V5: st(0.12) }, broad)).reasonsFor).toContain('concordant-st')
    expect(judge(heart({ V1: st(-0.12, left) }, broad)).reasonsFor).toContain('concordant-st')
  })
  test('a right bundle branch block bends V1 to V3 down, and hides no other wall', () => {
    const right = { V1: st(-0.1, { rMv: 1, sMv: -0.2 }), V2: st(-0.1) }
    expect(judge(heart(right, { qrsMs: 140 })).suspected).toBe(false)
    expect(judge(heart({ ...right, II: st(0.2), aVF: st(0.2) }, { qrsMs: 140 })).leads).toEqual(['II', 'aVF'])
  })
})

describe('the pattern of pericarditis', () => {
  const concave = (j: number): Partial<LeadMeasurement> => ({
    jMv: j,
    j60Mv: j + 0.03,
    j80Mv: j + 0.06,
    tAmplitudeMv: 0.3,
  })
  const diffuse = {
    I: concave(0.09), II: concave(0.15), III: concave(0.06), aVF: concave(0.11), aVR: st(-0.12), V1: st(-0.05),
    V3: concave(0.12), V4: concave(0.15), V5: concave(0.14), V6: concave(0.12),
  } // prettier-ignore
  const reasons = (changes: Readonly<Record<string, Partial<LeadMeasurement>>>): readonly string[] =>
    judge(heart({ ...diffuse, ...changes })).reasonsAgainst
  test('concave elevation of all walls without depression opposite: named, and still to be looked at', () => {
    expect(judge(heart(diffuse))).toMatchObject({ suspected: true, reasonsAgainst: ['diffuse-without-reciprocal'] })
  })
  test('not with depression in aVL, nor a convex segment, nor more in III than in II, nor in one wall alone', () => {
    const none = expect.not.arrayContaining(['diffuse-without-reciprocal'])
    expect(reasons({ aVL: st(-0.06) })).toEqual(none)
    expect(reasons({ V4: { ...concave(0.15), j60Mv: 0.24 } })).toEqual(none)
    expect(reasons({ III: concave(0.18) })).toEqual(none)
    expect(reasons({ V3: st(0), V4: st(0), V5: st(0), V6: st(0) })).toEqual(none)
  })
})

describe('the back wall', () => {
  test('shows as level depression, deepest in front', () => {
    expect(judge(heart({ V2: st(-0.12), V3: st(-0.15) }))).toMatchObject({ suspected: true, region: 'posterior' })
  })
  test('not where V5 and V6 are as deep, nor where the segment goes on falling', () => {
    const side = { V5: st(-0.12), V6: st(-0.12) }
    expect(judge(heart({ V2: st(-0.12), V3: st(-0.15), ...side })).suspected).toBe(false)
    const strain = { jMv: -0.1, j60Mv: -0.16, j80Mv: -0.2 }
    expect(judge(heart({ V1: strain, V2: strain })).suspected).toBe(false)
  })
})

test('no leads, no verdict', () => {
  expect(judge([])).toMatchObject({ definition: [], suspected: false, leads: [] })
})
