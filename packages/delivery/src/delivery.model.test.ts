import type { Alarm, AlarmEvent, Call, Channel, Delivery, DeliveryEvent } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  channelsFor,
  decide,
  dueDeliveries,
  evolve,
  isFinal,
  noDeliveries,
  type DeliveryInput,
  type PatientDeliveries,
} from './index.ts'
import { PATIENT, T0, alarmOf, channelOf } from './testing/inputs.ts'

// A patient whose alarms do what they like, receivers that take, refuse and hang as they like, and a notifier that is killed in between.
const CHANNELS: readonly Channel[] = [
  channelOf('hook', 'webhook'),
  channelOf('cap', 'cap', { priorities: ['high'] }),
  channelOf('mail', 'email', { confirmWithinS: 20 }),
  channelOf('team', 'email', { step: 1, confirmWithinS: 15 }),
  channelOf('doctor', 'web-push', { step: 3, addressedTo: ['physician'] }),
]
const POLICY = { channels: CHANNELS, place: undefined }
const NAMES = ['a', 'b'] as const
const MOVES = ['ring', 'ring', 'worse', 'escalate', 'acknowledge', 'end', 'note', 'late'] as const
const answer = fc.constantFrom('accepted', 'accepted', 'transient', 'transient', 'permanent', 'hangs' as const)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('alarm' as const),
      name: fc.constantFrom(...NAMES),
      move: fc.constantFrom(...MOVES),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), pick: fc.nat(5), answer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('screen' as const, 'confirm' as const), pick: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), lost: fc.nat(6) }) },
)
const history = fc.array(step, { maxLength: 70 })

interface Sent {
  readonly id: string
  readonly channel: string
}
interface World {
  state: PatientDeliveries
  at: number
  readonly alarms: Map<string, Alarm>
  readonly alarmLog: AlarmEvent[]
  readonly log: DeliveryEvent[]
  /** What receivers took, in order, and how often each message was tried. */
  readonly taken: Sent[]
  readonly tries: Map<string, number>
  /** Alarm events that rang and had to be told: with the channels of the first step. */
  readonly owed: { readonly version: number; readonly channels: readonly string[] }[]
}

function feed(world: World, input: DeliveryInput): void {
  const { events, state } = decide(world.state, input, POLICY)
  world.log.push(...events)
  world.state = state
}

function changeAlarm(world: World, name: string, move: (typeof MOVES)[number]): void {
  const known = world.alarms.get(name)
  const isOpen = known !== undefined && known.state !== 'ended'
  const next = ((): [AlarmEvent['event'], Alarm] | undefined => {
    switch (move) {
      case 'ring':
        if (!isOpen)
          return ['raised', alarmOf(`${name}${world.alarmLog.length}`, { priority: name === 'a' ? 'high' : 'medium' })]
        return [
          'condition-resumed',
          { ...known, state: 'active', rings: (known.rings ?? 0) + 1, escalation: 0, addressedTo: 'nurse' },
        ]
      case 'worse':
        return isOpen
          ? ['updated', { ...known, state: 'active', priority: 'high', rings: (known.rings ?? 0) + 1 }]
          : undefined
      case 'escalate':
        return isOpen && known.state === 'active'
          ? ['escalated', { ...known, escalation: known.escalation + 1, addressedTo: 'physician' }]
          : undefined
      case 'acknowledge':
        return isOpen ? ['acknowledged', { ...known, state: 'acknowledged' }] : undefined
      case 'end':
        return isOpen ? ['ended', { ...known, state: 'ended', endedAt: world.at }] : undefined
      case 'note':
        return isOpen ? ['commented', known] : undefined
      case 'late':
        return isOpen ? undefined : ['raised', alarmOf(`${name}${world.alarmLog.length}`, { late: true })]
    }
  })()
  if (next === undefined) return
  const [event, alarm] = next
  world.alarms.set(name, alarm)
  const said: AlarmEvent = { patient: PATIENT, version: world.alarmLog.length + 1, at: world.at, event, alarm }
  world.alarmLog.push(said)
  const before = world.state.calls[alarm.id]?.version
  feed(world, { kind: 'alarm', at: world.at, event: said })
  const call = world.state.calls[alarm.id]
  if (call !== undefined && call.version !== before) {
    const first = channelsFor(POLICY, alarm, world.at).filter((channel) => channel.step === 0)
    world.owed.push({ version: said.version, channels: first.map(({ id }) => id) })
  }
}

function send(
  world: World,
  delivery: Delivery | undefined,
  answered: 'accepted' | 'transient' | 'permanent' | 'hangs',
): void {
  if (delivery === undefined) return
  world.tries.set(delivery.id, (world.tries.get(delivery.id) ?? 0) + 1)
  if (answered === 'hangs') {
    world.at += 10_000
    answered = 'transient'
  }
  if (answered === 'accepted') world.taken.push({ id: delivery.id, channel: delivery.channel })
  const outcome =
    answered === 'accepted'
      ? { kind: 'accepted' as const }
      : { kind: 'refused' as const, transient: answered === 'transient', detail: 'no' }
  feed(world, { kind: 'outcome', at: world.at, delivery: delivery.id, outcome })
}

/** Killed: what was not in the log is gone, and alarm events that were not committed are read again. */
function crash(world: World, lost: number): void {
  const rebuilt = world.log.reduce(evolve, noDeliveries(PATIENT))
  expect(rebuilt).toEqual(world.state)
  world.state = JSON.parse(JSON.stringify(rebuilt)) as PatientDeliveries
  for (const event of world.alarmLog.slice(-lost)) feed(world, { kind: 'alarm', at: world.at, event })
  expect(world.state).toEqual(rebuilt)
}

function play(steps: readonly (typeof history extends fc.Arbitrary<(infer S)[]> ? S : never)[]): World {
  const world: World = {
    state: noDeliveries(PATIENT),
    at: T0,
    alarms: new Map(),
    alarmLog: [],
    log: [],
    taken: [],
    tries: new Map(),
    owed: [],
  }
  for (const each of steps) {
    world.at += 50
    if (each.do === 'alarm') changeAlarm(world, each.name, each.move)
    else if (each.do === 'send') send(world, dueDeliveries(world.state, world.at)[each.pick], each.answer)
    else if (each.do === 'wait') world.at += each.ms
    else if (each.do === 'crash') crash(world, each.lost)
    else if (each.do === 'screen') showOn(world, each.pick)
    else confirmOne(world, each.pick)
    feed(world, { kind: 'tick', at: world.at })
  }
  return world
}

function showOn(world: World, pick: number): void {
  const call = Object.values(world.state.calls)[pick]
  if (call === undefined) return
  const screen = { screen: 'desk', user: 'amal', at: world.at, visible: true, sound: 'on' as const }
  const receipt = { type: 'screen' as const, patient: PATIENT, alarm: call.alarm, ...screen }
  feed(world, { kind: 'receipt', at: world.at, receipt })
}

function confirmOne(world: World, pick: number): void {
  const delivery = Object.values(world.state.deliveries)[pick]
  if (delivery === undefined) return
  const receipt = { type: 'confirm' as const, patient: PATIENT, delivery: delivery.id, at: world.at, by: 'link' }
  feed(world, { kind: 'receipt', at: world.at, receipt })
}

/** Time goes on, and receivers answer like this, until nothing waits any more. */
function settle(world: World, answered: 'accepted' | 'transient'): void {
  const end = world.at + 3 * 3_600_000
  while (world.at < end) {
    for (const delivery of dueDeliveries(world.state, world.at)) send(world, delivery, answered)
    feed(world, { kind: 'tick', at: world.at })
    const waits = Object.values(world.state.deliveries).filter(({ state }) => state === 'pending')
    const open = Object.values(world.state.calls).filter(({ state }) => state === 'open')
    if (waits.length === 0 && open.length === 0) return
    world.at += 2_000
  }
  expect.fail('something waits for ever')
}

/** The last that the log says of each delivery. */
function lastOf(world: World): Map<string, Delivery> {
  return new Map(world.log.flatMap(({ deliveries = [] }) => deliveries).map((each) => [each.id, each]))
}
const check = (property: (world: World) => void, answered: 'accepted' | 'transient' = 'accepted'): void =>
  fc.assert(
    fc.property(history, (steps) => {
      const world = play(steps)
      settle(world, answered)
      property(world)
    }),
    { numRuns: 80 },
  )

describe('whatever happens, in whichever order', () => {
  it('no ring is forgotten: each channel of the first step is told of it, or its message was withdrawn for newer news', () => {
    check((world) => {
      const last = lastOf(world)
      for (const { version, channels } of world.owed) {
        for (const channel of channels) {
          const delivery = last.get(`${channel}.${PATIENT}.${version}`)
          expect(delivery, `${channel} ${version}`).toBeDefined()
          if (delivery?.state === 'withdrawn') {
            expect(world.alarmLog.some((event) => event.alarm?.id === delivery.alarm && event.version > version)).toBe(
              true,
            )
          } else expect(['sent', 'confirmed', 'failed', 'closed']).toContain(delivery?.state)
          if (delivery?.state === 'failed') expect(delivery.error).toBeDefined()
        }
      }
    })
  })

  it('what a receiver took is what the log says was sent', () => {
    check((world) => {
      const last = lastOf(world)
      for (const { id } of world.taken) expect(last.get(id)?.sentAt, id).toBeDefined()
    })
  })

  it('each receiver gets a patient’s messages in the order of the alarm’s steps', () => {
    check((world) => {
      const versions = new Map<string, number>()
      const planned = [...lastOf(world).keys()]
      for (const { id, channel } of world.taken) {
        const place = planned.indexOf(id)
        expect(place).toBeGreaterThanOrEqual(versions.get(channel) ?? -1)
        versions.set(channel, place)
      }
    })
  })

  it('nothing is tried without end where no receiver ever answers', () => {
    check((world) => {
      expect(Math.max(0, ...world.tries.values())).toBeLessThan(30)
      expect(Object.values(world.state.deliveries).every(isFinal) || world.taken.length > 0).toBe(true)
    }, 'transient')
  })

  it('a call that nothing came through of says so; one that anything came through of does not', () => {
    check((world) => {
      const calls: Call[] = Object.values(world.state.calls)
      const last = [...lastOf(world).values()]
      for (const call of calls) {
        expect(call.state).not.toBe('open')
        if (call.state === 'over') continue
        const went = last.some(
          (each) => each.alarm === call.alarm && each.version === call.version && each.sentAt !== undefined,
        )
        expect(call.state === 'unheard').toBe(!went && call.screens.length === 0 && call.heardAt === undefined)
      }
    }, 'transient')
  })

  it('when all alarms have ended nothing is left', () => {
    check((world) => {
      for (const name of NAMES) changeAlarm(world, name, 'end')
      settle(world, 'accepted')
      expect(world.state.calls).toEqual({})
      expect(world.state.notices).toEqual({})
      expect(Object.values(world.state.deliveries)).toEqual([])
    })
  })
})
