import { describe, expect, test } from 'vitest'
import type { Finding, VitalValues } from '@pulsewire/contracts'
import { createPatientMonitor } from '../patient-monitor.ts'
import { PATIENT, START, findingsIn, messagesOf } from '../test-support/node.ts'
import type { PatientContext } from '../types.ts'

const CONTEXT: PatientContext = { devices: [{ id: 'd1', since: START }] }
const WELL: VitalValues = { heartRate: 72, pulseRate: 72, spo2: 97, respirationRate: 15, temperature: 36.9, supplementalOxygen: 0, consciousness: 'A' } // prettier-ignore
const ILL: VitalValues = { ...WELL, respirationRate: 26, spo2: 91, heartRate: 118, pulseRate: 118, temperature: 38.8, systolic: 98 } // prettier-ignore

interface Script {
  readonly vitals: (second: number) => VitalValues | undefined
  readonly seconds: number
  readonly context?: Partial<PatientContext>
  readonly quality?: (second: number) => Record<string, number>
}

function run({ vitals, seconds, context = {}, quality }: Script): Finding[] {
  const monitor = createPatientMonitor({ patient: PATIENT, context: { ...CONTEXT, ...context } })
  return messagesOf({ seconds, leads: [], vitals }).flatMap((input) => {
    if (quality === undefined || input.uplink.kind !== 'vitals') return findingsIn(monitor.telemetry(input))
    const at = quality((input.headers.time - START) / 1000)
    const message = { ...input.uplink.message, quality: at }
    return findingsIn(monitor.telemetry({ ...input, uplink: { kind: 'vitals', message } }))
  })
}
const ofType = (all: readonly Finding[], type: Finding['type']): Finding[] => all.filter((one) => one.type === type)
const secondsIn = (finding: Finding | undefined): number => ((finding?.seenUntil ?? Infinity) - START) / 1000
const isDoubt = ({ evidence }: Finding): boolean => evidence['suppressed'] !== undefined

describe('whom the scores are for', () => {
  test.each([
    ['under 16', { dateOfBirth: '2012-03-01' }],
    ['pregnant', { pregnant: true }],
  ])('%s: neither NEWS2 nor sepsis, and it says so', (words, context) => {
    const all = run({ vitals: () => ILL, seconds: 120, context })
    expect(ofType(all, 'sepsis-risk')).toEqual([])
    expect(ofType(all, 'news2')).toHaveLength(1)
    expect(ofType(all, 'news2')[0]?.message).toContain(words)
    expect(ofType(all, 'news2')[0]?.priority).toBeUndefined()
  })
  test('the limits watch them all the same', () => {
    const all = run({ vitals: () => ({ ...WELL, spo2: 82 }), seconds: 60, context: { dateOfBirth: '2012-03-01' } })
    expect(ofType(all, 'limit')[0]).toMatchObject({ code: 'spo2' })
  })
  test('one of 16 is scored', () => {
    const all = run({ vitals: () => ILL, seconds: 120, context: { dateOfBirth: '2009-12-31' } })
    expect(ofType(all, 'news2')[0]?.priority).toBe('high')
  })
})

test('what is stale is named with its age', () => {
  const { spo2: _, ...rest } = ILL
  const all = run({ vitals: (second) => (second < 60 ? ILL : second % 10 === 0 ? rest : undefined), seconds: 1_000 })
  const stale = ofType(all, 'news2').findLast(({ evidence }) => JSON.stringify(evidence['stale']) === '["spo2"]')
  expect(stale?.message).toMatch(/not known: SpO2 \(last 1\d min ago\)/)
})

describe('what is no measurement of the body is not scored, and says why', () => {
  test('a probe that falls into the room, until somebody looks', () => {
    const all = run({ vitals: (second) => ({ ...WELL, temperature: second < 100 ? 36.9 : 24 }), seconds: 240 })
    expect(ofType(all, 'limit')).toEqual([])
    expect(all.filter(isDoubt).map(({ priority }) => priority ?? 'none')).toEqual(
      expect.arrayContaining(['none', 'low']),
    )
    const told = all.find(({ priority, type }) => type === 'signal-quality' && priority === 'low')
    expect(told?.message).toContain('the probe may be off; check the sensor')
    expect(secondsIn(told)).toBeLessThan(165)
  })
  test('but not for long: what stays is believed', () => {
    const all = run({ vitals: (second) => ({ ...WELL, temperature: second < 100 ? 36.9 : 31 }), seconds: 420 })
    expect(secondsIn(ofType(all, 'limit')[0])).toBeLessThan(405)
    expect(all.filter(isDoubt).at(-1)?.status).toBe('ended')
  })
  test('an oximeter that loses the pulse for 20 s does not ring', () => {
    const lost = (second: number): boolean => second >= 100 && second < 120
    const all = run({ vitals: (second) => (lost(second) ? { ...WELL, pulseRate: 130, spo2: 84 } : WELL), seconds: 200 })
    expect(ofType(all, 'limit')).toEqual([])
    expect(all.filter(isDoubt).map(({ code }) => code)).toEqual(expect.arrayContaining(['spo2', 'pulseRate']))
  })
  test('real hypoxia with a pulse that agrees rings no later than without', () => {
    const all = run({ vitals: (second) => ({ ...WELL, spo2: second < 100 ? 97 : 82 }), seconds: 130 })
    const [first] = ofType(all, 'limit')
    expect(secondsIn(first)).toBeLessThan(112)
    expect((first?.onset ?? 0) - START).toBe(100_500)
  })
  test('a cuff while the patient moves asks to measure again, and the next measurement counts', () => {
    const cuff = (second: number): VitalValues => (second === 60 ? { systolic: 121, diastolic: 78 } : second === 180 || second === 300 ? { systolic: 62, diastolic: 40 } : {}) // prettier-ignore
    const all = run({ vitals: (second) => ({ ...WELL, activity: 0.9, ...cuff(second) }), seconds: 320 })
    const asked = all.find((finding) => isDoubt(finding) && finding.code === 'systolic')
    expect(asked).toMatchObject({ priority: 'low', evidence: { doubt: 'moving', before: 121 } })
    expect(asked?.message).toContain('measure again')
    expect(secondsIn(ofType(all, 'limit').find(({ code }) => code === 'systolic'))).toBeCloseTo(300.5)
  })
  test('a value that the device calls unsure is not scored either', () => {
    const all = run({
      vitals: () => ({ ...WELL, systolic: 120, spo2: 70 }),
      seconds: 120,
      quality: () => ({ spo2: 0.1 }),
    })
    expect(ofType(all, 'news2')).toEqual([])
    expect(ofType(all, 'limit')).toEqual([])
    expect(all.find(({ priority }) => priority === 'low')?.message).toContain('the device calls it unsure')
  })
})

describe('trends', () => {
  test('a breathing that quickens over an hour is said in words, without an alarm', () => {
    const vitals = (second: number): VitalValues | undefined =>
      second % 20 === 0
        ? { ...WELL, respirationRate: 14 + Math.max(0, Math.min(8, (second - 5_400) / 450)) }
        : undefined
    const trends = ofType(run({ vitals, seconds: 10_800 }), 'trend')
    expect(trends[0]).toMatchObject({ code: 'respirationRate', status: 'open' })
    expect(trends[0]?.priority).toBeUndefined()
    expect(trends.at(-1)?.message).toMatch(/^Respiration rate has risen from this patient's usual 1[45] to 2[12] \/min/)
  })
  test('one who stays as he is has none', () =>
    expect(
      ofType(run({ vitals: (second) => (second % 20 === 0 ? WELL : undefined), seconds: 7_200 }), 'trend'),
    ).toEqual([]))
})

describe('glucose', () => {
  const every5 =
    (level: (minute: number) => number) =>
    (second: number): VitalValues | undefined =>
      // prettier-ignore
      second % 300 === 0 ? { glucose: level(second / 60) } : undefined
  test('a steep fall is told before the limit is reached, rings once both forecasts see it, and gives way to the limit', () => {
    const all = ofType(run({ vitals: every5((minute) => 170 - 2 * minute), seconds: 60 * 60 }), 'hypoglycaemia')
    const [first] = all
    expect(first).toMatchObject({ side: 'low' })
    expect(first?.priority).toBeUndefined()
    expect(first?.message).toContain('Glucose may fall below 70 mg/dL within 20 min')
    const [alarm, limit] = (['low', 'medium'] as const).map((wanted) => all.find(({ priority }) => priority === wanted))
    expect(alarm?.id).toBe(first?.id)
    const seenS = (finding: Finding | undefined): number => (finding?.seenUntil ?? 0) / 1000
    expect(seenS(limit) - seenS(alarm)).toBeGreaterThanOrEqual(300)
    const open = all.filter(({ id, status }) => id === first?.id && status === 'open').map(({ priority }) => priority)
    expect(open.slice(open.indexOf('low'))).not.toContain(undefined)
    expect(all.findLast(({ id }) => id === first?.id)?.status).toBe('ended')
  })
  test('a slow fall is a finding without alarm until the limit', () => {
    const all = ofType(run({ vitals: every5((minute) => 110 - 0.6 * minute), seconds: 75 * 60 }), 'hypoglycaemia')
    expect(all[0]?.message).toContain('may fall below 70')
    expect(
      new Set(all.map(({ priority, message }) => (message.includes('may fall') ? priority : `limit ${priority}`))),
    ).toEqual(new Set([undefined, 'limit medium']))
  })
  test('a rise is a finding without alarm, a level nothing', () => {
    const rise = ofType(run({ vitals: every5((minute) => 100 + 3 * minute), seconds: 52 * 60 }), 'hyperglycaemia')
    expect(rise[0]?.priority).toBeUndefined()
    expect(rise[0]?.message).toContain('rise above 250')
    expect(run({ vitals: every5(() => 80), seconds: 100 * 60 })).toEqual([])
  })
})
