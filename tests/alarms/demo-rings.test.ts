import { decide, isTickDue, noAlarms, type AlarmInput } from '@pulsewire/alarms'
import type { AlarmEvent, AlarmPriority } from '@pulsewire/contracts'
import { onsetS, SCENARIOS, type ScenarioName } from '@pulsewire/wearable'
import { describe, expect, it, vi } from 'vitest'
import { DEMO_WARD } from '../../services/station/src/demo/ward.ts'
import { FROM_MS, simulated } from '../verify/alarms/high-findings.ts'
import { sourceThroughMonitor } from '../verify/alarms/source-through-monitor.ts'

// The scenarios of the demo from the simulated body to the alarm, in event time: each rings once, rightly, in time.

interface Ring {
  readonly type: string
  readonly priority: AlarmPriority
  /** Seconds since the start of the scenario. */
  readonly atS: number
}

const isRing = ({ event, alarm, at }: AlarmEvent): boolean =>
  alarm?.late === false &&
  (event === 'raised' || event === 'condition-resumed' || (event === 'updated' && alarm.ringingSince === at))

/** Each time that an alarm begins to ring, in order; on the ward's round at the start a nurse entered what no sensor knows. */
function ringsOf(scenario: ScenarioName, seed: number, seconds: number): Ring[] {
  const rings: Ring[] = []
  let state = noAlarms('p1')
  const happens = (input: AlarmInput): void => {
    const decided = decide(state, input)
    state = decided.state
    for (const event of decided.events) {
      const { alarm, at } = event
      if (alarm === undefined || !isRing(event)) continue
      rings.push({ type: alarm.code ?? alarm.type, priority: alarm.priority, atS: (at - FROM_MS) / 1000 })
    }
  }
  const entered = { consciousness: 'A', supplementalOxygen: 0 } as const
  const context = { dateOfBirth: '1958-01-30', sex: 'male' } as const
  for (const output of sourceThroughMonitor(simulated(scenario, seed), {
    fromMs: FROM_MS,
    seconds,
    context,
    entered,
  })) {
    if (output.kind !== 'finding') continue
    const at = output.record.seenUntil
    if (isTickDue(state, at)) happens({ kind: 'tick', at })
    happens({ kind: 'finding', at, finding: output.record })
  }
  return rings
}
const named = (rings: readonly Ring[]): string[] => rings.map(({ type, priority }) => `${type} ${priority}`)
const ofPriority = (rings: readonly Ring[], wanted: AlarmPriority): Ring[] =>
  rings.filter(({ priority }) => priority === wanted)
const atOf = (rings: readonly Ring[], type: string): number => rings.find((ring) => ring.type === type)?.atS ?? Infinity

// Minutes of three leads each: some seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe.each([2, 4, 7])('patient %i', (seed) => {
  it.each(['inferior-infarction', 'anterior-infarction'] as const)('%s: one heart attack, and the button', (name) => {
    const rings = ringsOf(name, seed, 240)
    expect(named(ofPriority(rings, 'high')).toSorted()).toEqual(['myocardial-infarction high', 'patient-button high'])
    const afterS = atOf(rings, 'myocardial-infarction') - onsetS(SCENARIOS[name])
    expect(afterS).toBeGreaterThan(0)
    expect(afterS).toBeLessThanOrEqual(60)
  })

  it('ventricular tachycardia at 30 s, fibrillation at 55 s, asystole at 175 s: each rings once, within ten seconds', () => {
    const rings = ringsOf('vt-vf', seed, 230)
    const high = ofPriority(rings, 'high')
    expect(named(high)).toEqual(['ventricular-tachycardia high', 'ventricular-fibrillation high', 'asystole high'])
    const begins = [30, 55, 175]
    for (const [index, { atS }] of high.entries()) {
      expect(atS).toBeGreaterThan(begins[index] ?? Infinity)
      expect(atS).toBeLessThanOrEqual((begins[index] ?? 0) + 10)
    }
    // Beats that are seen in a fibrillation tell nothing of the atria, nor of a rhythm.
    expect(named(rings).filter((name) => name.startsWith('atrial-fibrillation'))).toEqual([])
    // The rate that the device reports is beyond its limit all the time: that is said by these alarms.
    expect(rings.filter(({ type }) => type === 'heartRate' || type === 'pulseRate')).toEqual([])
  })

  it('a deterioration: the screen, then NEWS2 as an emergency, before the pressure falls below its limit', () => {
    const rings = ringsOf('sepsis', seed, 700)
    expect(named(ofPriority(rings, 'high'))).toEqual(['news2 high'])
    expect(named(rings).filter((name) => name === 'sepsis-risk medium')).toHaveLength(1)
    const [emergency] = ofPriority(rings, 'high')
    expect(emergency?.atS).toBeLessThan(atOf(rings, 'systolic'))
    for (const type of ['temperature', 'systolic', 'sepsis-risk', 'tachycardia']) {
      expect(rings.filter((ring) => ring.type === type).length).toBeLessThanOrEqual(1)
    }
    for (const type of ['pulseRate', 'heartRate', 'diastolic']) expect(atOf(rings, type)).toBe(Infinity)
  })

  it('an electrode off at 40 s: one alarm, medium, within ten seconds, and no asystole', () => {
    const rings = ringsOf('lead-off', seed, 175)
    expect(named(rings)).toEqual(['lead-off medium'])
    expect(rings[0]?.atS).toBeGreaterThanOrEqual(40)
    expect(rings[0]?.atS).toBeLessThanOrEqual(50)
  })

  it('atrial fibrillation about the limit of the rate: said once, and the rate at most once', () => {
    const rings = ringsOf('atrial-fibrillation', seed, 300)
    expect(rings.filter(({ type }) => type === 'atrial-fibrillation')).toHaveLength(1)
    expect(rings.filter(({ type }) => type === 'tachycardia').length).toBeLessThanOrEqual(1)
  })

  it('a low sugar: medium below 70, and again as high below 54, nothing else', () => {
    expect(named(ringsOf('hypoglycaemia', seed, 600))).toEqual(['glucose medium', 'glucose high'])
  })
})

describe('the demo ward', () => {
  const seedOf = (scenario: ScenarioName): number => {
    const seeds = DEMO_WARD.flatMap(({ source }) =>
      source.kind === 'scenario' && source.scenario === scenario ? [source.seed] : [],
    )
    expect(seeds).toHaveLength(1)
    return seeds[0] ?? 0
  }

  it('a heart attack in bed 4, and the button', () => {
    const rings = ringsOf('inferior-infarction', seedOf('inferior-infarction'), 300)
    expect(named(ofPriority(rings, 'high')).toSorted()).toEqual(['myocardial-infarction high', 'patient-button high'])
    expect(atOf(rings, 'myocardial-infarction')).toBeLessThanOrEqual(onsetS(SCENARIOS['inferior-infarction']) + 60)
  })

  it('a fibrillation of half a minute: rings once, within ten seconds, and nothing else does, before or after the shock', () => {
    const rings = ringsOf('fibrillation-shocked', seedOf('fibrillation-shocked'), 600)
    expect(named(rings)).toEqual(['ventricular-fibrillation high'])
    const onset = onsetS(SCENARIOS['fibrillation-shocked'])
    expect(rings[0]?.atS).toBeGreaterThan(onset)
    expect(rings[0]?.atS).toBeLessThanOrEqual(onset + 10)
  })

  it('an electrode off for half a minute: rings once, within ten seconds, and nothing else does', () => {
    const rings = ringsOf('lead-off-once', seedOf('lead-off-once'), 500)
    expect(named(rings)).toEqual(['lead-off medium'])
    const onset = onsetS(SCENARIOS['lead-off-once'])
    expect(rings[0]?.atS).toBeGreaterThanOrEqual(onset)
    expect(rings[0]?.atS).toBeLessThanOrEqual(onset + 10)
  })

  it('a deterioration: one emergency', () => {
    const rings = ringsOf('sepsis', seedOf('sepsis'), 700)
    expect(named(ofPriority(rings, 'high'))).toEqual(['news2 high'])
  })

  it('of the healthy one nothing rings in ten minutes', () => {
    const healthy = DEMO_WARD.flatMap(({ source }) =>
      source.kind === 'scenario' && source.scenario === 'healthy' ? [source.seed] : [],
    )
    expect(healthy).toEqual([2])
    for (const seed of healthy) expect(named(ringsOf('healthy', seed, 600))).toEqual([])
  })
})
