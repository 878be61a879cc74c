import { copyState } from '@pulsewire/ecg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPatientMonitor, type MonitorSnapshot, type PatientMonitor } from './patient-monitor.ts'
import {
  PATIENT,
  START,
  beatsIn,
  findingsIn,
  messagesOf,
  pointsOf,
  standing,
  type NodeScript,
} from './test-support/node.ts'
import type { DetectionOutput, TelemetryInput } from './types.ts'

const CONTEXT = { devices: [{ id: 'd1', since: START }] }

function monitor(from?: MonitorSnapshot): PatientMonitor {
  return createPatientMonitor({ patient: PATIENT, context: CONTEXT }, from)
}
function run(messages: readonly TelemetryInput[], on: PatientMonitor = monitor()): DetectionOutput[] {
  const outputs = messages.flatMap((input) => on.telemetry(input))
  const last = messages.at(-1)
  return last === undefined ? outputs : [...outputs, ...on.tick(last.headers.receivedAt + 5_000)]
}
/** What a reader knows in the end. */
const known = (outputs: readonly DetectionOutput[]) => ({
  findings: standing(outputs),
  beats: beatsIn(outputs),
  rate: pointsOf(outputs, 'heartRate.ecg'),
})

/** A minute and a half in which much happens: an arrest of 8 s, ST elevation in three leads, a low saturation, a button. */
const EVENTFUL: NodeScript = {
  seconds: 90,
  leads: ['II', 'III', 'aVF'],
  arrest: (second) => second >= 12 && second < 20,
  st: (second) => (second > 40 ? Math.min(0.3, (second - 40) * 0.02) : 0),
  vitals: (second) => ({
    spo2: second >= 30 && second < 50 ? 82 : 97,
    heartRate: 72,
    systolic: second < 60 ? 125 : 95,
  }),
  events: [{ second: 55, event: 'patient-button' }],
}
const eventful = messagesOf(EVENTFUL)
const inTime = run(eventful)

describe('what the script shows is found', () => {
  test('each kind of finding is there', () => {
    const types = new Set(findingsIn(inTime).map(({ type }) => type))
    for (const type of ['asystole', 'limit', 'patient-button', 'myocardial-infarction']) expect(types).toContain(type)
  })
  test('the beats are those of the script', () => expect(beatsIn(inTime).length).toBeGreaterThan(90))
})

describe('convergence (G3): the order of arrival makes no difference', () => {
  const shuffled = fc.array(fc.tuple(fc.integer({ min: 0, max: 1_900 }), fc.boolean()), {
    minLength: eventful.length,
    maxLength: eventful.length,
  })
  test('shuffled within the reorder buffer, and duplicated: the same findings, beats and series', () => {
    fc.assert(
      fc.property(shuffled, (fates) => {
        const arrivals = eventful.flatMap((input, index) => {
          const [delay, twice] = fates[index] ?? [0, false]
          const copy = { input, at: input.headers.receivedAt + delay }
          return twice ? [copy, { input, at: copy.at + 700 }] : [copy]
        })
        const outputs = run(arrivals.toSorted((a, b) => a.at - b.at).map(({ input }) => input))
        expect(known(outputs)).toEqual(known(inTime))
      }),
      { numRuns: 8 },
    )
  })

  test('messages that come later than the buffer, within the last minute: the same in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 60 }),
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 4, max: 25 }),
        (from, length, delay) => {
          const heldBack = (input: TelemetryInput): boolean => {
            const second = (input.headers.time - START) / 1000
            return second >= from && second < from + length
          }
          const back = eventful.filter(heldBack)
          const cut = eventful.findIndex(({ headers }) => headers.time >= START + (from + length + delay) * 1000)
          if (cut < 0) return
          const before = eventful.slice(0, cut).filter((input) => !heldBack(input))
          const outputs = run([...before, ...back, ...eventful.slice(cut)])
          expect(standing(outputs)).toEqual(standing(inTime))
          expect(beatsIn(outputs)).toEqual(beatsIn(inTime))
        },
      ),
      { numRuns: 8 },
    )
  })

  test('what was only seen because data was missing is withdrawn', () => {
    const script: NodeScript = { seconds: 60, vitals: (second) => ({ spo2: second % 20 === 10 ? 97 : 80 }) }
    const messages = messagesOf(script)
    const good = messages.filter(({ uplink }) => uplink.kind === 'vitals' && uplink.message.vitals.spo2 === 97)
    // Without the good values, the saturation seems low without a break.
    const outputs = run([...messages.filter((input) => !good.includes(input)), ...good])
    expect(standing(outputs)).toEqual(standing(run(messages)))
  })
})

describe('block sizes make no difference', () => {
  test.each([200, 500, 2_000, 5_000])('blocks of %i ms', (blockMs) => {
    const outputs = run(messagesOf({ ...EVENTFUL, blockMs }))
    expect(known(outputs)).toEqual(known(inTime))
  })
  test('odd ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 300 }), (samples) => {
        expect(beatsIn(run(messagesOf({ ...EVENTFUL, blockMs: samples * 10 })))).toEqual(beatsIn(inTime))
      }),
      { numRuns: 8 },
    )
  })
})

describe('snapshots', () => {
  const disordered = swapped(eventful)
  const straight = run(disordered)
  test('carrying on from a snapshot is the same as never having stopped', () => {
    fc.assert(
      fc.property(fc.nat(eventful.length), (cut) => {
        const first = monitor()
        const before = disordered.slice(0, cut).flatMap((input) => first.telemetry(input))
        const second = monitor(first.snapshot())
        const after = run(disordered.slice(cut), second)
        expect([...before, ...after]).toEqual(straight)
      }),
      { numRuns: 10 },
    )
  })
  test('a hole is analysed from a snapshot that somebody else keeps, as from one of its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 29 }), fc.integer({ min: 5, max: 40 }), (keptAt, until) => {
        const hole = eventful.slice(30, 50)
        const live = monitor()
        const before: DetectionOutput[] = []
        for (const [index, input] of [...eventful.slice(0, 30), ...eventful.slice(50, 50 + until)].entries()) {
          before.push(...live.telemetry(input))
          if (index % keptAt !== 0) continue
          const kept = copyState(live.view())
          live.keptAs(() => kept)
        }
        const after = run([...hole, ...eventful.slice(50 + until)], live)
        expect(standing([...before, ...after])).toEqual(standing(inTime))
      }),
      { numRuns: 8 },
    )
  })
  test('a hole that is filled after the restart is analysed all the same', () => {
    const hole = eventful.slice(30, 50)
    const rest = [...eventful.slice(0, 30), ...eventful.slice(50, 90)]
    const first = monitor()
    const before = rest.flatMap((input) => first.telemetry(input))
    const second = monitor(first.snapshot())
    const after = run([...hole, ...eventful.slice(90)], second)
    expect(standing([...before, ...after])).toEqual(standing(inTime))
  })
})

/** Neighbours change places now and then. */
function swapped(messages: readonly TelemetryInput[]): TelemetryInput[] {
  const result = [...messages]
  for (let i = 3; i + 1 < result.length; i += 7) {
    const [a, b] = [result[i], result[i + 1]]
    if (a !== undefined && b !== undefined) result.splice(i, 2, b, a)
  }
  return result
}

describe('late data', () => {
  const arrivingAt = (input: TelemetryInput, receivedAt: number): TelemetryInput => ({
    ...input,
    headers: { ...input.headers, receivedAt },
  })
  const spooled = (delayMs: number) => eventful.map((input) => arrivingAt(input, input.headers.receivedAt + delayMs))

  test('a spool in order, of any age, gives the same findings, marked late', () => {
    const outputs = run(spooled(3 * 3_600_000))
    expect(known(outputs)).toEqual(known(inTime))
    expect(findingsIn(outputs).length).toBeGreaterThan(5)
    expect(findingsIn(outputs).every(({ late }) => late)).toBe(true)
    expect(findingsIn(inTime).some(({ late }) => late)).toBe(false)
  })

  test('a condition that still holds when the data is current again is current', () => {
    const low = messagesOf({ seconds: 120, vitals: () => ({ spo2: 85 }) })
    const outputs = run(low.map((input) => arrivingAt(input, Math.max(input.headers.receivedAt, START + 100_000))))
    const saturation = findingsIn(outputs).filter(({ type }) => type === 'limit')
    expect(saturation[0]?.late).toBe(true)
    expect(saturation.at(-1)).toMatchObject({ status: 'open', late: false })
  })

  test('old data behind live data is analysed on its own, marked late, and does not disturb what is live', () => {
    const live = messagesOf({ seconds: 300, leads: ['II'] })
    const old = messagesOf({
      seconds: 60,
      leads: ['II'],
      boot: 'b0',
      arrest: (second) => second >= 20 && second < 30,
    }).map(({ headers, ...rest }) => ({
      ...rest,
      headers: { ...headers, at: headers.at - 600_000, time: headers.time - 600_000, receivedAt: START + 200_000 },
    }))
    const cut = live.findIndex(({ headers }) => headers.time >= START + 200_000)
    const on = monitor()
    const outputs = run([...live.slice(0, cut), ...old, ...live.slice(cut)], on)
    const asystole = findingsIn(outputs).filter(({ type }) => type === 'asystole')
    expect(asystole.length).toBeGreaterThan(0)
    expect(asystole.every(({ late, onset }) => late && onset < START)).toBe(true)
    const undisturbed = run(live)
    expect(beatsIn(outputs).filter(([timeMs]) => timeMs >= START)).toEqual(beatsIn(undisturbed))
  })
})
