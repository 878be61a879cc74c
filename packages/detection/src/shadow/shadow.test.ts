import { ruleSet, type Finding, type RuleSet } from '@pulsewire/contracts'
import { describe, expect, test } from 'vitest'
import { createPatientMonitor } from '../patient-monitor.ts'
import { PATIENT, START, findingsIn, messagesOf, type NodeScript } from '../test-support/node.ts'
import { compareRings, comparisonLines, comparisonText, ringsOf, type Ring } from './compare-rings.ts'
import { createShadowMonitor } from './shadow-monitor.ts'

/** An arrest of 9 s; saturation 88 for 20 s and for 60 s. */
const SCRIPT: NodeScript = {
  seconds: 240,
  arrest: (second) => second >= 20 && second < 29,
  vitals: (second) => ({
    heartRate: 72,
    spo2: (second >= 60 && second < 80) || (second >= 120 && second < 180) ? 88 : 97,
  }),
}
const context = { devices: [{ id: 'd1', since: START }] }
const messages = messagesOf(SCRIPT)
/** Pauses and scores come of these as well: of them nothing is said here. */
const concerned = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ type }) => type === 'asystole' || type === 'limit')
const monitor = createPatientMonitor({ patient: PATIENT, context })
const present = concerned(findingsIn(messages.flatMap((input) => monitor.telemetry(input))))

function shadow(rules: unknown): Finding[] {
  const candidate = createShadowMonitor({ patient: PATIENT, context }, ruleSet.parse(rules))
  return concerned(findingsIn(messages.flatMap((input) => candidate.telemetry(input))))
}
const told = (rings: readonly Ring[]): string[] => rings.map(({ type, priority, onset, ringsAt }) => `${type} ${priority} ${(onset - START) / 1000} ${Math.round((ringsAt - START) / 1000)}`) // prettier-ignore
const compared = (rules: unknown) => compareRings(ringsOf(present), ringsOf(shadow(rules)))

describe('candidate rules', () => {
  test('that change nothing of what happens give the same alarms', () => {
    const { onlyPresent, onlyCandidate, both } = compared({ name: 'same', limits: { glucose: { low: 60 } } })
    expect([onlyPresent, onlyCandidate]).toEqual([[], []])
    expect(both.map(({ present: one }) => one.type)).toEqual(['asystole', 'limit', 'limit'])
    expect(both.every(({ present: one, candidate }) => one.ringsAt === candidate.ringsAt)).toBe(true)
  })

  test('a longer delay spares the short episode and rings later for the long one, to the second', () => {
    const { onlyPresent, both } = compared({ name: 'slow', alarms: { limit: { afterS: 40 } } })
    expect(told(onlyPresent)).toEqual(['limit medium 64.5 75'])
    const long = both.find(({ candidate }) => candidate.type === 'limit')
    expect(told(long === undefined ? [] : [long.present, long.candidate])).toEqual(['limit medium 124.5 135', 'limit medium 124.5 165']) // prettier-ignore
  })

  test('another limit finds other episodes', () => {
    const wider = compared({ name: 'wide', limits: { spo2: { low: 85 } } })
    expect([wider.onlyPresent.length, wider.onlyCandidate.length]).toEqual([2, 0])
    const tighter = compared({ name: 'tight', limits: { heartRate: { low: 50, high: 70 } } })
    expect(tighter.onlyCandidate.map(({ code }) => code)).toEqual(['heartRate'])
  })

  test('a priority may be another one, or none: then it is kept as a finding with the reason', () => {
    const { both, onlyPresent } = compared({ name: 'quiet', alarms: { asystole: { priority: 'none' }, limit: { priority: 'low' } } }) // prettier-ignore
    expect(both.map(({ candidate }) => candidate.priority)).toEqual(['low', 'low'])
    expect(onlyPresent.map(({ type }) => type)).toEqual(['asystole'])
    const kept = shadow({ name: 'quiet', alarms: { asystole: { priority: 'none' } } }).filter(
      ({ type }) => type === 'asystole',
    )
    expect(kept.at(-1)?.evidence['suppressed']).toBe('rule quiet: no alarm')
  })

  test('what asks for an alarm once is not taken back, and each finding ends', () => {
    const found = shadow({ name: 'slow', alarms: { limit: { afterS: 40 }, asystole: { minConfidence: 0.1 } } })
    for (const id of new Set(found.map((finding) => finding.id))) {
      const course = found.filter((finding) => finding.id === id)
      const first = course.findIndex(({ priority }) => priority !== undefined)
      if (first >= 0) expect(course.slice(first).every(({ priority }) => priority !== undefined)).toBe(true)
      expect(course.at(-1)?.status).toBe('ended')
    }
  })

  test('the comparison is told in words and in lines of JSON', () => {
    const comparison = compared({ name: 'slow', alarms: { limit: { afterS: 40 } } })
    const text = comparisonText('slow', comparison, START)
    expect(text).toContain('slow: 2 alarms under both rules (1 of them later')
    expect(text).toContain('- limit medium, onset 64.5 s, rings 74.5 s: SpO2')
    expect(text).toContain('~ limit medium at 134.5 s → medium at 164.5')
    const lines = comparisonLines(comparison)
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatchObject({ only: 'present', present: { type: 'limit', code: 'spo2' } })
  })
})

test.each([
  ['no name', { limits: {} }],
  ['changes nothing', { name: 'x' }],
  ['a type that is none', { name: 'x', alarms: { headache: {} } }],
  ['a delay without end', { name: 'x', alarms: { limit: { afterS: 1e9 } } }],
  ['a field that nobody reads', { name: 'x', alarms: { limit: { delay: 5 } } }],
  ['a limit of nothing', { name: 'x', limits: { mood: { low: 1 } } }],
])('a parameters file is refused: %s', (_, rules: unknown) => {
  const parsed = ruleSet.safeParse(rules)
  expect(parsed.success).toBe(false)
})

test('rules are data: through JSON they are the same', () => {
  const rules: RuleSet = { name: 'a', alarms: { limit: { afterS: 5 } } }
  expect(ruleSet.parse(JSON.parse(JSON.stringify(rules)))).toEqual(rules)
})
