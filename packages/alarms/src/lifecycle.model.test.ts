import { LONGEST_STANDBY_MS, isSounding, needsAcknowledgement, type Finding } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_ESCALATION,
  LONGEST_AUDIO_PAUSE_MS,
  REMIND_AFTER_MS,
  decide,
  evolve,
  nextDeadline,
  noAlarms,
  type AlarmInput,
  type PatientAlarms,
} from './index.ts'
import { PATIENT, T0, ended, findingOf, found, staff, tick } from './testing/inputs.ts'

// Sequences of what can happen, in the order of time: findings that open, change, are doubted, end, and turn out not to be over; staff; ticks.
const TYPES = ['asystole', 'ventricular-tachycardia', 'limit', 'lead-off'] as const
type Move =
  | { move: 'open' | 'open late' | 'worse' | 'milder' | 'doubt' | 'end' | 'not over'; type: (typeof TYPES)[number] }
  | { move: 'acknowledge' | 'judge'; pick: number }
  | { move: 'pause'; minutes: number; pick: number | undefined }
  | { move: 'hand-over' | 'take-over'; who: string }
  | { move: 'standby'; minutes: number | undefined }
  | { move: 'on' | 'tick' }
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    move: fc.constantFrom(
      'open' as const,
      'open late' as const,
      'worse' as const,
      'milder' as const,
      'doubt' as const,
      'end' as const,
      'not over' as const,
    ),
    type: fc.constantFrom(...TYPES),
  }),
  fc.record({ move: fc.constantFrom('acknowledge' as const, 'judge' as const), pick: fc.nat(3) }),
  fc.record({
    move: fc.constant('pause' as const),
    minutes: fc.integer({ min: 1, max: 60 }),
    pick: fc.option(fc.nat(3), { nil: undefined }),
  }),
  fc.record({ move: fc.constantFrom('hand-over' as const, 'take-over' as const), who: fc.constantFrom('amal', 'ben') }),
  fc.record({
    move: fc.constant('standby' as const),
    minutes: fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined }),
  }),
  fc.record({ move: fc.constantFrom('on' as const, 'tick' as const) }),
)
const history = fc.array(fc.record({ waitMs: fc.integer({ min: 1, max: 90_000 }), step: move }), {
  maxLength: 60,
  size: 'max',
})

/** Plays a history; after each step `check` sees the state, the input, its events and the findings that stand. */
function play(
  steps: { waitMs: number; step: Move }[],
  check: (now: {
    state: PatientAlarms
    before: PatientAlarms
    input: AlarmInput
    events: ReturnType<typeof decide>['events']
    standing: ReadonlyMap<string, Finding>
    at: number
  }) => void,
): void {
  let state = noAlarms(PATIENT)
  let at = T0
  const standing = new Map<string, Finding>()
  const over = new Map<string, Finding>()
  for (const { waitMs, step } of steps) {
    at += waitMs
    const input = inputOf(step, at, state, { standing, over })
    if (input === undefined) continue
    const before = state
    const decided = decide(state, input)
    state = decided.state
    check({ state, before, input, events: decided.events, standing, at })
  }
}

/** The findings by type: those that are open, and the last one that is over. */
interface Findings {
  readonly standing: Map<string, Finding>
  readonly over: Map<string, Finding>
}

function inputOf(step: Move, at: number, state: PatientAlarms, findings: Findings): AlarmInput | undefined {
  const { standing, over } = findings
  const ids = Object.keys(state.alarms)
  const said = (finding: Finding | undefined): AlarmInput | undefined => {
    if (finding === undefined) return undefined
    standing.set(finding.type, finding)
    return found(finding, at)
  }
  switch (step.move) {
    case 'open':
    case 'open late': {
      if (standing.has(step.type)) return undefined
      const priority = step.type === 'limit' || step.type === 'lead-off' ? 'medium' : 'high'
      return said(findingOf(step.type, at, { priority, seenUntil: at, late: step.move === 'open late' }))
    }
    case 'worse':
    case 'milder': {
      const known = standing.get(step.type)
      const priority = step.move === 'worse' ? 'high' : 'low'
      return said(known && { ...known, priority, seenUntil: at, late: false })
    }
    case 'doubt': {
      const { priority: _none, ...known } = standing.get(step.type) ?? {}
      return said('id' in known ? { ...known, seenUntil: at } : undefined)
    }
    case 'end': {
      const known = standing.get(step.type)
      if (known === undefined) return undefined
      standing.delete(step.type)
      over.set(step.type, known)
      return ended(known, at)
    }
    case 'not over': {
      const known = over.get(step.type)
      if (known === undefined || standing.has(step.type)) return undefined
      return said({ ...known, priority: 'high', seenUntil: at, late: false })
    }
    case 'acknowledge':
      return staff(at, { type: 'acknowledge', alarm: ids[step.pick] ?? 'none' })
    case 'judge':
      return staff(at, { type: 'verdict', alarm: ids[step.pick] ?? 'none', verdict: 'false' })
    case 'pause': {
      const alarm = step.pick === undefined ? undefined : ids[step.pick]
      return staff(at, { type: 'pause', until: at + step.minutes * 60_000, ...(alarm === undefined ? {} : { alarm }) })
    }
    case 'hand-over':
      return staff(at, { type: 'hand-over', to: step.who })
    case 'take-over':
      return staff(at, { type: 'take-over', by: step.who })
    case 'standby': {
      const end = step.minutes === undefined ? {} : { until: at + step.minutes * 60_000 }
      return staff(at, { type: 'monitoring', state: 'standby', ...end })
    }
    case 'on':
      return staff(at, { type: 'monitoring', state: 'on' })
    case 'tick':
      return tick(at)
  }
}

describe('lifecycle, any history', () => {
  it('never is without an alarm for a condition that stands while the patient is monitored', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, standing }) => {
          const kept = new Set(Object.values(state.alarms).map((alarm) => alarm.finding))
          const held = new Set(Object.values(state.suppressed).map((alarm) => alarm.finding))
          for (const { id, priority } of standing.values())
            if (priority !== undefined) expect((state.monitoring.state === 'on' ? kept : held).has(id)).toBe(true)
        })
      }),
    )
  })

  it('loses a high physiological alarm only by somebody’s hand', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, before, input }) => {
          for (const alarm of Object.values(before.alarms)) {
            if (alarm.kind !== 'physiological' || alarm.priority !== 'high' || state.alarms[alarm.id] !== undefined)
              continue
            expect(alarm.state === 'acknowledged' || input.kind === 'staff').toBe(true)
          }
        })
      }),
    )
  })

  it('rings for a new high-priority alarm and for one that got worse, whatever is paused', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, before, at }) => {
          for (const alarm of Object.values(state.alarms)) {
            if (alarm.priority !== 'high' || alarm.late || before.alarms[alarm.id]?.priority === 'high') continue
            expect(isSounding(alarm, at)).toBe(true)
          }
        })
      }),
    )
  })

  it('leaves no alarm with the same person for longer than the chain allows, and nobody without a reminder', () => {
    const { afterMs, chain } = DEFAULT_ESCALATION
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, at }) => {
          const { state: ticked } = decide(state, tick(at))
          for (const alarm of Object.values(ticked.alarms)) {
            // What is known from old data alone calls nobody.
            if (alarm.late) continue
            const ringsMs = at - (alarm.ringingSince ?? alarm.raisedAt)
            const due = Math.min(chain.length - 1, Math.floor(ringsMs / afterMs[alarm.priority]))
            if (needsAcknowledgement(alarm)) expect(alarm.escalation).toBeGreaterThanOrEqual(due)
            else if (alarm.conditionEndedAt === undefined) {
              const saidAt = alarm.remindedAt ?? alarm.acknowledgedAt ?? 0
              expect(at - saidAt).toBeLessThan(REMIND_AFTER_MS[alarm.priority])
            }
          }
        })
      }),
    )
  })

  it('always has somebody to call, and calls the responsible one first', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state }) => {
          for (const alarm of Object.values(state.alarms)) {
            expect(alarm.addressedTo).toBeTruthy()
            const { responsible = 'nurse' } = state.monitoring
            if (alarm.escalation === 0 && needsAcknowledgement(alarm)) expect(alarm.addressedTo).toBe(responsible)
          }
        })
      }),
    )
  })

  it('has no pause without end', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, at }) => {
          const { state: ticked } = decide(state, tick(at))
          for (const { audioPausedUntil } of [...Object.values(ticked.alarms), ticked.monitoring]) {
            if (audioPausedUntil === undefined) continue
            expect(audioPausedUntil).toBeGreaterThan(at)
            expect(audioPausedUntil).toBeLessThanOrEqual(at + LONGEST_AUDIO_PAUSE_MS)
            expect(nextDeadline(ticked)).toBeLessThanOrEqual(audioPausedUntil)
          }
        })
      }),
    )
  })

  it('has no standby without end', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, at }) => {
          if (state.monitoring.state !== 'standby') return
          const { until = Infinity } = state.monitoring
          expect(until).toBeLessThanOrEqual(at + LONGEST_STANDBY_MS)
          expect(nextDeadline(state)).toBeLessThanOrEqual(until)
          expect(decide(state, tick(until)).state.monitoring.state).toBe('on')
        })
      }),
    )
  })

  it('rings for nothing that has ended and does not latch', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, standing, at }) => {
          const ids = new Set([...standing.values()].flatMap(({ id, priority }) => (priority ? [id] : [])))
          for (const alarm of Object.values(state.alarms)) {
            if (!isSounding(alarm, at) || ids.has(alarm.finding ?? '')) continue
            expect(alarm).toMatchObject({ kind: 'physiological', priority: 'high', state: 'latched' })
          }
        })
      }),
    )
  })

  it('comes to the same state from its events alone, and does nothing for the same input twice', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let replayed = noAlarms(PATIENT)
        play(steps, ({ state, input, events }) => {
          replayed = events.reduce(evolve, replayed)
          expect(replayed).toEqual(state)
          expect(JSON.parse(JSON.stringify(state))).toEqual(state)
          expect(decide(state, input).events).toEqual([])
        })
      }),
    )
  })

  it('rings for no condition that is over, when the log is read again from any place', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), (steps, from) => {
        const inputs: AlarmInput[] = []
        let last = noAlarms(PATIENT)
        const once = steps.filter(({ step }) => step.move !== 'not over')
        play(once, ({ state, input, events }) => {
          if (input.kind === 'finding' || events.length > 0) inputs.push(input)
          last = state
        })
        for (const input of inputs.slice(Math.floor(from * inputs.length))) {
          if (input.kind !== 'tick') expect(decide(last, input).events).toEqual([])
        }
      }),
    )
  })

  it('takes no acknowledgement and no pause for what rang anew after they were given', () => {
    fc.assert(
      fc.property(history, (steps) => {
        play(steps, ({ state, before, input, at }) => {
          if (input.kind !== 'finding') return
          for (const alarm of Object.values(state.alarms)) {
            const { rings: seen } = before.alarms[alarm.id] ?? {}
            if (seen === undefined || seen === alarm.rings) continue
            for (const command of [
              { type: 'acknowledge', alarm: alarm.id, rings: seen } as const,
              { type: 'pause', alarm: alarm.id, rings: seen, until: at + 60_000 } as const,
            ]) {
              expect(decide(state, staff(at + 1, command)).events).toEqual([])
            }
          }
        })
      }),
    )
  })
})
