import { describe, expect, test } from 'vitest'
import { finding, type Finding, type VitalValues } from '@pulsewire/contracts'
import { createPatientMonitor } from './patient-monitor.ts'
import { PATIENT, START, findingsIn, messagesOf, pointsOf, statusAt, type NodeScript } from './test-support/node.ts'
import type { DetectionOutput, PatientContext, TelemetryInput } from './types.ts'

const CONTEXT: PatientContext = { devices: [{ id: 'd1', since: START }] }
const newMonitor = (context = CONTEXT) => createPatientMonitor({ patient: PATIENT, context })

function run(script: NodeScript, context = CONTEXT): DetectionOutput[] {
  const monitor = newMonitor(context)
  return messagesOf(script).flatMap((input) => monitor.telemetry(input))
}
const typesOf = (outputs: readonly DetectionOutput[]): string[] => [
  ...new Set(findingsIn(outputs).map(({ type }) => type)),
]
const firstOf = (outputs: readonly DetectionOutput[], type: Finding['type']): Finding | undefined =>
  findingsIn(outputs).find((record) => record.type === type)
const lastOf = (outputs: readonly DetectionOutput[], type: Finding['type']): Finding | undefined =>
  findingsIn(outputs).findLast((record) => record.type === type)
const second = (seconds: number): number => START + seconds * 1000

const WELL: VitalValues = { heartRate: 72, spo2: 97, respirationRate: 15, systolic: 122, temperature: 36.9 }
const INFERIOR = ['II', 'III', 'aVF']
const LATERAL = ['I', 'aVL']
/** Up in the inferior leads from second 40 on, 0.2 mV after 15 s and growing; down in the lateral ones. */
const inferiorElevation = (at: number, lead: string): number => {
  if (at < 40) return 0
  const size = Math.min(0.4, (at - 40) * 0.0135)
  return INFERIOR.includes(lead) ? size : LATERAL.includes(lead) ? -size / 2 : 0
}

describe('heart attack', () => {
  const outputs = run({
    seconds: 110,
    rateHz: 250,
    leads: [...INFERIOR, ...LATERAL],
    st: inferiorElevation,
    vitals: (at) => ({ ...WELL, systolic: at < 60 ? 122 : 98 }),
    events: [{ second: 50, event: 'symptom', detail: 'chest-pain' }],
  })
  const attack = lastOf(outputs, 'myocardial-infarction')

  test('new elevation in contiguous leads is of high priority within 60 s of its onset', () => {
    const first = firstOf(outputs, 'myocardial-infarction')
    expect(first).toMatchObject({ priority: 'high', status: 'open' })
    expect((first?.seenUntil ?? Infinity) - second(40)).toBeLessThan(45_000)
    expect(Math.abs((first?.onset ?? 0) - second(40))).toBeLessThan(15_000)
  })
  test('the evidence names the leads, the reciprocal depression, the pressure and the symptom', () => {
    expect(attack?.evidence).toMatchObject({
      basis: 'contiguous',
      region: 'inferior',
      symptoms: ['chest-pain'],
      systolicBefore: 122,
      systolicNow: 98,
    })
    const { leads, reciprocalDepression } = attack?.evidence ?? {}
    expect(Object.keys(leads ?? {}).toSorted()).toEqual(['II', 'III', 'aVF'])
    expect(Object.keys(reciprocalDepression ?? {}).toSorted()).toEqual(['I', 'aVL'])
  })
  test('the message is a nurse’s', () => {
    expect(attack?.message).toMatch(
      /^Possible heart attack: ST \+0\.\d\d mV in (II|III|aVF).* since 14:00:\d\d UTC; .*: call the team$/,
    )
    expect(attack?.message).not.toMatch(/STEMI/)
  })
  test('the leads of the attack do not ring a second time', () => {
    const episodes = findingsIn(outputs).filter(({ type }) => type === 'st-episode')
    expect(episodes.every(({ priority }) => priority === undefined)).toBe(true)
  })
  test('every record follows the contract', () => {
    for (const record of findingsIn(outputs)) expect(() => finding.parse(record)).not.toThrow()
  })

  test('a healthy neighbour has no finding at all', () => {
    const healthy = run({ seconds: 120, rateHz: 250, leads: ['II', 'V2', 'V5'], vitals: () => WELL, ppg: () => true })
    expect(findingsIn(healthy)).toEqual([])
  })
  test('elevation that was there from the start is of medium priority: look, record 12 leads', () => {
    const script = { seconds: 90, rateHz: 250, leads: INFERIOR, st: () => 0.2, vitals: () => WELL }
    const attack = lastOf(run(script), 'myocardial-infarction')
    expect(attack).toMatchObject({ priority: 'medium', evidence: { basis: 'present', region: 'inferior' } })
    expect(attack?.message).toMatch(/look at the patient, record 12 leads$/)
    const painful = run({ ...script, events: [{ second: 60, event: 'symptom', detail: 'chest-pain' }] })
    expect(lastOf(painful, 'myocardial-infarction')).toMatchObject({ priority: 'high' })
  })
})

describe('one lead', () => {
  const script: NodeScript = { seconds: 110, rateHz: 250, leads: ['II'], st: inferiorElevation, vitals: () => WELL }
  test('alone is an ST episode that asks for 12 leads, and never STEMI', () => {
    const outputs = run(script)
    expect(typesOf(outputs)).toEqual(['st-episode'])
    const episode = lastOf(outputs, 'st-episode')
    expect(episode).toMatchObject({ priority: 'medium' })
    expect(episode?.message).toContain('record 12 leads')
    expect(JSON.stringify(outputs)).not.toContain('STEMI')
  })
  test.each([
    ['chest pain', { events: [{ second: 60, event: 'symptom', detail: 'chest-pain' }] }],
    ['the button', { events: [{ second: 60, event: 'patient-button' }] }],
    ['a fall of pressure', { vitals: (at: number) => ({ ...WELL, systolic: at < 60 ? 122 : 98 }) }],
  ])('with %s is a possible heart attack', (_what, change) => {
    const attack = lastOf(run({ ...script, ...change }), 'myocardial-infarction')
    expect(attack).toMatchObject({ priority: 'high', evidence: { basis: 'one-lead' } })
    expect(attack?.message).toContain('12 leads')
  })
  test('with a change of rate alone stays an episode', () => {
    const outputs = run({ ...script, vitals: (at) => ({ ...WELL, heartRate: at < 60 ? 72 : 105 }) })
    expect(typesOf(outputs)).not.toContain('myocardial-infarction')
  })
  test('an episode ends when the level is back', () => {
    const st = (at: number): number => (at > 40 && at < 90 ? 0.2 : 0)
    const episode = lastOf(run({ ...script, seconds: 130, st }), 'st-episode')
    expect(episode?.status).toBe('ended')
    expect(Math.abs((episode?.end ?? 0) - second(90))).toBeLessThan(20_000)
  })
  test('a filtered sensor marks its ST as uncertain', () => {
    const episode = lastOf(run({ ...script, highPassHz: 0.5 }), 'st-episode')
    expect(episode?.evidence['uncertain']).toBe(true)
    expect(episode?.confidence).toBeLessThan(0.5)
  })
})

describe('arrest', () => {
  const arrest = (at: number): boolean => at >= 40
  test('asystole rings within ten seconds', () => {
    const outputs = run({ seconds: 60, rateHz: 250, leads: ['II', 'V5'], arrest, vitals: () => WELL })
    const first = firstOf(outputs, 'asystole')
    expect(first).toMatchObject({ priority: 'high' })
    expect((first?.seenUntil ?? Infinity) - second(40)).toBeLessThan(10_000)
    expect(
      findingsIn(outputs)
        .filter(({ type }) => type === 'asystole')
        .map(({ id }) => id)
        .filter((id, index, all) => all.indexOf(id) === index),
    ).toHaveLength(1)
  })
  test('it does not while the pulse wave goes on', () => {
    const outputs = run({ seconds: 60, rateHz: 250, leads: ['II'], arrest, ppg: () => true })
    const all = findingsIn(outputs).filter(({ type }) => type === 'asystole')
    expect(all.every(({ priority }) => priority === undefined)).toBe(true)
    expect(all[0]?.evidence['suppressed']).toContain('pulse wave')
  })
  test('it does when the pulse wave stops too', () => {
    const outputs = run({ seconds: 60, rateHz: 250, leads: ['II'], arrest, ppg: (at) => at < 40 })
    expect(lastOf(outputs, 'asystole')).toMatchObject({ priority: 'high' })
  })
  test('it does not while another lead beats', () => {
    const outputs = run({
      seconds: 60,
      rateHz: 250,
      leads: ['II', 'V5'],
      arrest: (at, lead) => at >= 40 && lead === 'II',
    })
    expect(findingsIn(outputs).filter(({ type, priority }) => type === 'asystole' && priority !== undefined)).toEqual(
      [],
    )
  })
})

describe('signals', () => {
  test('a lead without samples is off, not an asystole', () => {
    const outputs = run({ seconds: 80, rateHz: 250, leads: ['II'], missing: (at) => at >= 30 })
    expect(lastOf(outputs, 'lead-off')).toMatchObject({ priority: 'medium', status: 'open' })
    expect(typesOf(outputs)).not.toContain('asystole')
  })
  test('it is of low priority while another lead watches, and ends when the signal is back', () => {
    const missing = (at: number, lead: string): boolean => lead === 'II' && at >= 30 && at < 60
    const outputs = run({ seconds: 80, rateHz: 250, leads: ['II', 'V5'], missing })
    expect(firstOf(outputs, 'lead-off')).toMatchObject({ priority: 'low' })
    expect(lastOf(outputs, 'lead-off')).toMatchObject({ status: 'ended' })
  })
  test('what the device says of its electrodes counts, as one finding', () => {
    const events = [
      { second: 30, event: 'lead-off', detail: 'ecg.II' },
      { second: 30, event: 'lead-off', detail: 'ecg.V5' },
      { second: 40, event: 'lead-on' },
    ]
    const outputs = run({ seconds: 60, rateHz: 250, leads: ['II', 'V5'], events, arrest: (at) => at >= 30 && at < 40 })
    const off = findingsIn(outputs).filter(({ type }) => type === 'lead-off')
    expect(off.map(({ status }) => status)).toEqual(['open', 'open', 'ended'])
    expect(off[1]?.evidence['signals']).toEqual(['ecg.II', 'ecg.V5'])
    expect(typesOf(outputs)).toEqual(['lead-off'])
  })
  describe('of a node with an accelerometer, whose wearer moves for half a minute', () => {
    const moves = (at: number): boolean => at >= 30 && at < 62
    const at = (blockMs: number) => run({ seconds: 90, rateHz: 250, leads: ['II'], moves, blockMs })
    const outputs = at(1000)
    const accelOf = (outputs: readonly DetectionOutput[]) =>
      pointsOf(outputs, 'quality.accel').map(([time, value]) => [(time - START) / 1000, value])

    test('a second of movement is told as such, whatever the blocks are', () => {
      const still = accelOf(outputs).filter(([, value]) => value === 1)
      const moved = accelOf(outputs).filter(([, value]) => value === 0)
      expect(moved.length).toBeGreaterThan(28)
      expect(moved.every(([end = 0]) => end > 30 && end < 68)).toBe(true)
      expect(still.length + moved.length).toBeGreaterThan(80)
      expect(accelOf(at(3000))).toEqual(accelOf(outputs))
    })
    test('what cannot be read meanwhile is said to be for movement', () => {
      const [bad] = findingsIn(outputs).filter(({ type }) => type === 'signal-quality')
      expect(bad?.message).toMatch(/^ECG lead II cannot be read for movement since 14:00:\d\d UTC: look at the patient/)
      expect(bad?.evidence).toMatchObject({ moves: true })
    })
  })
  test('an ECG that is no longer sent, by a device that goes on, is said', () => {
    const monitor = newMonitor()
    const messages = messagesOf({ seconds: 60, rateHz: 250, vitals: () => WELL })
    const vitalsOnly = messages.filter(({ headers }) => headers.kind === 'vitals' || headers.time < second(20))
    const outputs = vitalsOnly.flatMap((input) => monitor.telemetry(input))
    expect(lastOf(outputs, 'signal-quality')).toMatchObject({ status: 'open', priority: 'medium', onset: second(20) })
  })
  test('a device that is taken off takes its findings along', () => {
    const monitor = newMonitor()
    for (const input of messagesOf({ seconds: 30, vitals: () => ({ spo2: 80 }) })) monitor.telemetry(input)
    expect(findingsIn(monitor.setContext({ devices: [] }))).toContainEqual(
      expect.objectContaining({ type: 'limit', status: 'ended' }),
    )
  })
  test('long blocks are not late for being long', () => {
    const outputs = run({ seconds: 120, rateHz: 250, blockMs: 30_000, arrest: (at) => at >= 40 })
    expect(firstOf(outputs, 'asystole')).toMatchObject({ late: false, priority: 'high' })
  })
  test('series of rate, quality and ST are derived', () => {
    const outputs = run({ seconds: 40, rateHz: 250, leads: ['II'] })
    const rate = pointsOf(outputs, 'heartRate.ecg')
    expect(rate.length).toBeGreaterThan(25)
    for (const [, bpm] of rate.slice(5)) expect(Math.abs(bpm - 72)).toBeLessThan(2)
    expect(pointsOf(outputs, 'quality.ecg.II').length).toBeGreaterThan(35)
    expect(pointsOf(outputs, 'st.II').length).toBeGreaterThan(5)
  })
  test('an ECG at a rate that cannot be analysed disturbs nothing else', () => {
    const outputs = run({ seconds: 40, rateHz: 50, leads: ['II'], vitals: () => ({ spo2: 80 }) })
    expect(typesOf(outputs)).toEqual(['limit', 'news2'])
  })
})

describe('vitals', () => {
  const vitals = (values: (at: number) => VitalValues, context = CONTEXT, seconds = 60): DetectionOutput[] =>
    run({ seconds, leads: [], vitals: values }, context)

  test('a limit that is passed for ten seconds alarms, and ends inside', () => {
    const outputs = vitals((at) => ({ heartRate: at >= 10 && at < 40 ? 130 : 80 }))
    const limits = findingsIn(outputs).filter(({ type }) => type === 'limit')
    expect(limits[0]).toMatchObject({ code: 'heartRate', side: 'high', priority: 'medium', onset: second(10.5) })
    expect(limits.at(-1)).toMatchObject({ status: 'ended', end: second(40.5) })
  })
  test('a shorter one does not', () => {
    expect(typesOf(vitals((at) => ({ heartRate: at % 12 < 8 ? 130 : 80 })))).toEqual([])
  })
  test('the limits of the patient count', () => {
    const context = { ...CONTEXT, limits: { heartRate: { high: 140 } } }
    expect(typesOf(vitals(() => ({ heartRate: 130, pulseRate: 80 }), context))).toEqual([])
  })
  test.each([
    [{ spo2: 84 }, 'limit', 'high'],
    [{ spo2: 88 }, 'limit', 'medium'],
    [{ systolic: 65 }, 'limit', 'medium'],
    [{ temperature: 39.5 }, 'limit', 'medium'],
    [{ glucose: 65 }, 'hypoglycaemia', 'medium'],
    [{ glucose: 50 }, 'hypoglycaemia', 'high'],
    [{ glucose: 300 }, 'hyperglycaemia', 'low'],
    [{ glucose: 450 }, 'hyperglycaemia', 'medium'],
  ] as const)('%j is %s, %s', (values, type, priority) => {
    expect(
      firstOf(
        vitals(() => values),
        type,
      ),
    ).toMatchObject({ priority })
  })
  test('a value that the device itself does not trust is not judged', () => {
    const monitor = newMonitor()
    const outputs = messagesOf({ seconds: 60, leads: [], vitals: () => ({ spo2: 60 }) }).flatMap((input) => {
      if (input.uplink.kind !== 'vitals') return []
      const message = { ...input.uplink.message, quality: { spo2: 0.2 } }
      return monitor.telemetry({ ...input, uplink: { kind: 'vitals', message } })
    })
    expect(findingsIn(outputs).filter(({ type }) => type === 'limit')).toEqual([])
  })

  const ILL: VitalValues = { respirationRate: 24, spo2: 93, supplementalOxygen: 0, systolic: 105, heartRate: 112, temperature: 38.4, consciousness: 'A' } // prettier-ignore
  test('NEWS2 of 7 is an emergency, and a series', () => {
    const outputs = vitals(() => ILL, CONTEXT, 90)
    expect(lastOf(outputs, 'news2')).toMatchObject({ priority: 'high', evidence: { score: 8, complete: true } })
    expect(pointsOf(outputs, 'news2')[0]?.[1]).toBe(8)
  })
  test('what is not known is named, and the score not written as if it were whole', () => {
    const { supplementalOxygen: _a, consciousness: _b, ...known } = ILL
    const outputs = vitals(() => known, CONTEXT, 90)
    expect(lastOf(outputs, 'news2')).toMatchObject({
      evidence: { missing: ['supplementalOxygen', 'consciousness'], complete: false },
    })
    expect(lastOf(outputs, 'news2')?.message).toBe(
      'NEWS2 at least 8: emergency review now; not known: oxygen, consciousness, enter them',
    )
    expect(pointsOf(outputs, 'news2')).toEqual([])
  })
  test('the rate of the ECG is the pulse of a patient whose devices report none', () => {
    const { heartRate: _none, ...others } = WELL
    const vitals = { ...others, diastolic: 80, consciousness: 'A' as const, supplementalOxygen: 0 }
    const outputs = run({ seconds: 60, rateHz: 250, leads: ['II'], bpm: () => 118, vitals: () => vitals })
    expect(pointsOf(outputs, 'news2').at(-1)?.[1]).toBe(2)
  })
  test('what completes a score is scored at once, however shortly after another message', () => {
    const { temperature: _left, ...rest } = ILL
    const monitor = newMonitor()
    const outputs = messagesOf({ seconds: 2, leads: [], vitals: (at) => (at === 0 ? rest : { temperature: 38.4 }) })
    expect(
      pointsOf(
        outputs.flatMap((input) => monitor.telemetry(input)),
        'news2',
      ),
    ).toEqual([[second(1.5), 8]])
  })
  test('fever with a high score is a risk of sepsis', () => {
    expect(
      lastOf(
        vitals(() => ILL, CONTEXT, 90),
        'sepsis-risk',
      ),
    ).toMatchObject({ priority: 'medium' })
    expect(typesOf(vitals(() => ({ ...ILL, temperature: 37 }), CONTEXT, 90))).not.toContain('sepsis-risk')
  })
  test('SpO2 on scale 2', () => {
    const outputs = vitals(() => ({ ...WELL, spo2: 90, supplementalOxygen: 1, consciousness: 'A' }), {
      ...CONTEXT,
      spo2Scale: 2,
    })
    expect(pointsOf(outputs, 'news2')[0]?.[1]).toBe(2)
  })
})

describe('staff', () => {
  const observe = (seconds: number, vitals: VitalValues) =>
    ({
      command: {
        type: 'observation',
        id: 'o',
        patient: PATIENT,
        by: 'nurse',
        at: second(seconds),
        observedAt: second(seconds - 120),
        vitals,
      },
      position: { topic: 'staff-commands', partition: 0, offset: seconds },
    }) as const
  test('an observation of two minutes ago counts at once, rings, and ends with the next good one', () => {
    const monitor = newMonitor()
    const ill: VitalValues = { respirationRate: 26, spo2: 90, supplementalOxygen: 1, systolic: 95, heartRate: 120, consciousness: 'A', temperature: 38.6 } // prettier-ignore
    const first = monitor.staff(observe(600, ill))
    expect(firstOf(first, 'news2')).toMatchObject({ priority: 'high', late: false, evidence: { score: 13 } })
    const well: VitalValues = { ...WELL, supplementalOxygen: 0, consciousness: 'A' }
    expect(lastOf(monitor.staff(observe(1_300, well)), 'news2')).toMatchObject({ status: 'ended' })
  })
})

describe('what devices say', () => {
  test('the button is of high priority, and a fall of medium', () => {
    const outputs = run({ seconds: 20, events: [{ second: 5, event: 'patient-button' }, { second: 9, event: 'fall' }] }) // prettier-ignore
    expect(firstOf(outputs, 'patient-button')).toMatchObject({ priority: 'high', onset: second(5.25) })
    expect(firstOf(outputs, 'fall')).toMatchObject({ priority: 'medium' })
  })
  test('the button pressed again is a call of its own; pressed twice in a moment, it is one', () => {
    const presses = (seconds: number[]) =>
      findingsIn(run({ seconds: 60, events: seconds.map((at) => ({ second: at, event: 'patient-button' })) })).filter(
        ({ type }) => type === 'patient-button',
      )
    expect(new Set(presses([5, 7]).map(({ id }) => id)).size).toBe(1)
    const again = presses([5, 40])
    expect(new Set(again.map(({ id }) => id)).size).toBe(2)
    expect(again.map(({ status }) => status)).toEqual(['open', 'ended', 'open'])
  })
  test('a battery that runs out', () => {
    const monitor = newMonitor()
    const levels = [50, 14, 4, 100]
    const outputs = levels.flatMap((battery, index) =>
      monitor.telemetry(statusAt(index * 60, { state: 'online', battery })),
    )
    const low = findingsIn(outputs).filter(({ type }) => type === 'battery-low')
    expect(low.map(({ status, priority }) => `${status} ${priority}`)).toEqual([
      'open low',
      'open medium',
      'ended medium',
    ])
  })
  test('a clock that is off', () => {
    const monitor = newMonitor()
    const [first, next] = messagesOf({ seconds: 2, vitals: () => WELL, leads: [] })
    const off = (input: TelemetryInput | undefined, clockOffsetMs: number): DetectionOutput[] =>
      input === undefined ? [] : monitor.telemetry({ ...input, headers: { ...input.headers, clockOffsetMs } })
    const outputs = [...off(first, 86_400_000), ...off(next, 0)]
    expect(findingsIn(outputs).filter(({ type }) => type === 'clock').map(({ status, priority }) => `${status} ${priority}`)).toEqual(['open low', 'ended low']) // prettier-ignore
  })
})

describe('silence', () => {
  const messages = messagesOf({ seconds: 20, leads: [], vitals: () => WELL })
  const listen = (context = CONTEXT) => {
    const monitor = newMonitor(context)
    for (const input of messages) monitor.telemetry(input)
    return monitor
  }
  const noData = (outputs: readonly DetectionOutput[]) => findingsIn(outputs).filter(({ type }) => type === 'no-data')

  test('a worn device that is silent for 15 s is missed since it was heard last', () => {
    const monitor = listen()
    expect(noData(monitor.tick(second(34)))).toEqual([])
    expect(noData(monitor.tick(second(36)))).toMatchObject([
      { onset: second(19.55), device: 'd1', status: 'open', priority: 'medium' },
    ])
    expect(noData(monitor.tick(second(37)))).toEqual([])
    expect(noData(monitor.telemetry(statusAt(50, { state: 'online' })))).toMatchObject([
      { status: 'ended', end: second(50) },
    ])
  })
  test('nobody is called silent for longer than somebody has listened', () => {
    expect(noData(listen().tick(second(500), second(490)))).toEqual([])
    expect(noData(listen().tick(second(506), second(490)))).toHaveLength(1)
  })
  test('its last will says so at once, where it does not come back in a moment', () => {
    const monitor = listen()
    monitor.telemetry(statusAt(21, { state: 'offline' }))
    expect(noData(monitor.tick(second(22)))).toEqual([])
    expect(noData(monitor.tick(second(25)))).toMatchObject([{ onset: second(21), evidence: { why: 'offline' } }])
  })
  test('one that reports seldom has time', () => {
    const monitor = newMonitor()
    const [message] = messages
    if (message === undefined) throw new Error('no message')
    for (let index = 0; index < 6; index++) {
      const at = second(index * 300)
      const headers = { ...message.headers, seq: index, at, time: at, receivedAt: at }
      monitor.telemetry({ ...message, headers })
    }
    expect(noData(monitor.tick(second(1_500 + 600)))).toEqual([])
    expect(noData(monitor.tick(second(1_500 + 800)))).toHaveLength(1)
  })
  test('a device that is taken off, or a patient in the shower, is not missed', () => {
    const monitor = listen()
    monitor.tick(second(40))
    monitor.setContext({ devices: [] })
    expect(noData(monitor.tick(second(41)))).toMatchObject([{ status: 'ended' }])
    const shower = listen()
    const standby = {
      type: 'monitoring',
      id: 'm',
      patient: PATIENT,
      by: 'n',
      at: second(21),
      state: 'standby',
      until: second(600),
    } as const
    shower.staff({ command: standby, position: { topic: 'staff-commands', partition: 0, offset: 0 } })
    expect(noData(shower.tick(second(500)))).toEqual([])
    expect(noData(shower.tick(second(601)))).toHaveLength(1)
  })
})
