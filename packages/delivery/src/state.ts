import type { Call, Delivery, DeliveryEvent, Notice } from '@pulsewire/contracts'
import { MOST_EARLIER } from './policy.ts'

/** A message that went to a channel, or is on its way there. */
export type MessageRef = Delivery['earlier'][number]

/** What is being told of one patient's alarms, as the events so far have made it. JSON-safe: it is its own snapshot. */
export interface PatientDeliveries {
  readonly patient: string
  /** Events so far. */
  readonly version: number
  /** The newest alarm event that had an effect. */
  readonly alarmVersion: number
  /** The newest call of each alarm that has not ended, by alarm. */
  readonly calls: Readonly<Record<string, Call>>
  /** Deliveries that are open or belong to one of the calls, by id. */
  readonly deliveries: Readonly<Record<string, Delivery>>
  /** What each channel was told of each alarm: by alarm, then channel. */
  readonly told: Readonly<Record<string, Readonly<Record<string, readonly MessageRef[]>>>>
  /** What messages are made from, by version of the alarm event. */
  readonly notices: Readonly<Record<string, Notice>>
}

/** A patient of whom nothing was ever told. */
export function noDeliveries(patient: string): PatientDeliveries {
  return { patient, version: 0, alarmVersion: 0, calls: {}, deliveries: {}, told: {}, notices: {} }
}

/** Whether nothing more comes of a delivery. */
export function isFinal({ state }: Pick<Delivery, 'state'>): boolean {
  return state !== 'pending' && state !== 'sent'
}

/** The deliveries of a call: of the alarm event that it began with, at whichever step. */
export function deliveriesOf({ deliveries }: PatientDeliveries, { alarm, version }: Call): Delivery[] {
  return Object.values(deliveries).filter((each) => each.alarm === alarm && each.version === version)
}

/** The state after `event`; the same where it does not follow: its writer had lost the patient. */
export function evolve(state: PatientDeliveries, event: DeliveryEvent): PatientDeliveries {
  if (event.patient !== state.patient || event.version <= state.version) return state
  const { alarmVersion = 0, deliveries = [], call, notice } = event
  return withoutDead({
    ...state,
    version: event.version,
    alarmVersion: Math.max(state.alarmVersion, alarmVersion),
    notices: notice === undefined ? state.notices : { ...state.notices, [String(alarmVersion)]: notice },
    calls: call === undefined ? state.calls : { ...state.calls, [call.alarm]: call },
    deliveries: { ...state.deliveries, ...Object.fromEntries(deliveries.map((each) => [each.id, each])) },
    told: deliveries.reduce(withTold, state.told),
  })
}

function withTold(told: PatientDeliveries['told'], delivery: Delivery): PatientDeliveries['told'] {
  const { alarm, channel, id, state, createdAt, cause } = delivery
  if (cause === 'test') return told
  const others = (told[alarm]?.[channel] ?? []).filter((ref) => ref.id !== id)
  const isGone = state === 'failed' || state === 'withdrawn'
  const refs = isGone ? others : [...others, { id, at: createdAt }].sort((a, b) => a.at - b.at).slice(-MOST_EARLIER)
  return { ...told, [alarm]: { ...told[alarm], [channel]: refs } }
}

/** Drops what nothing can come of any more, so that a state stays small however often an alarm rings. */
function withoutDead(state: PatientDeliveries): PatientDeliveries {
  const isOfCall = ({ alarm, version }: Delivery): boolean => state.calls[alarm]?.version === version
  const isOver = (alarm: string): boolean => {
    const call = state.calls[alarm]
    return call === undefined || (call.state === 'over' && call.ended === true)
  }
  const deliveries = filtered(state.deliveries, (each) => !isFinal(each) || (isOfCall(each) && !isOver(each.alarm)))
  const open = new Set(Object.values(deliveries).map(({ alarm }) => alarm))
  const calls = filtered(state.calls, ({ alarm }) => open.has(alarm) || !isOver(alarm))
  const versions = new Set(
    [...Object.values(deliveries), ...Object.values(calls)].map(({ version }) => String(version)),
  )
  return {
    ...state,
    deliveries,
    calls,
    told: filtered(state.told, (_, alarm) => calls[alarm] !== undefined),
    notices: filtered(state.notices, (_, version) => versions.has(version)),
  }
}

function filtered<T>(
  record: Readonly<Record<string, T>>,
  keeps: (value: T, key: string) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([key, value]) => keeps(value, key)))
}
