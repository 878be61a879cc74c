import {
  PROOF_PATIENT,
  notice as noticeSchema,
  ringsAtAll,
  type Alarm,
  type AlarmEvent,
  type Call,
  type Channel,
  type DeliveryCause,
  type Notice,
} from '@pulsewire/contracts'
import { channelsFor, isForPeople, isInUse, type DeliveryPolicy } from './chain.ts'
import type { Step } from './decide.ts'
import { changed, planned, superseded, toldTo, unconfirmed } from './plan.ts'
import { MOST_EVIDENCE_BYTES, SCREENS_ALONE_MS, STALE_AFTER_MS } from './policy.ts'
import type { PatientDeliveries } from './state.ts'

/** An alarm began to ring, went up its chain, was acknowledged or ended: who is told of it. */
export function decideAlarm(state: PatientDeliveries, event: AlarmEvent, at: number, policy: DeliveryPolicy): Step[] {
  const { alarm, version } = event
  if (alarm === undefined || version <= state.alarmVersion || alarm.patient === PROOF_PATIENT) return []
  const known = state.calls[alarm.id]
  if (!ringsAtAll(alarm)) return known === undefined ? [] : quietened(state, known, event, alarm, at, policy)
  const cause = causeOf(known, alarm)
  return cause === undefined ? [] : called(state, event, alarm, cause, at, policy)
}

/** Why staff are called by an alarm that rings; `undefined` where they have been called already. */
function causeOf(known: Call | undefined, alarm: Alarm): DeliveryCause | undefined {
  if (known === undefined) return 'raised'
  if (known.state === 'over' || ringsOf(alarm) > known.rings) return 'again'
  return alarm.escalation > known.escalation ? 'escalated' : undefined
}

function ringsOf({ rings = 1 }: Pick<Alarm, 'rings'>): number {
  return rings
}

function called(
  state: PatientDeliveries,
  { version, at: saidAt }: AlarmEvent,
  alarm: Alarm,
  cause: DeliveryCause,
  at: number,
  policy: DeliveryPolicy,
): Step[] {
  const notice = noticeOf(alarm)
  const chain = channelsFor(policy, notice, saidAt)
  if (chain.length === 0 && at - saidAt > STALE_AFTER_MS && state.calls[alarm.id] === undefined) return []
  const first = chain.filter(({ step }) => step === 0)
  const call: Call = {
    alarm: alarm.id,
    patient: alarm.patient,
    priority: alarm.priority,
    state: 'open',
    version,
    rings: ringsOf(alarm),
    escalation: alarm.escalation,
    step: 0,
    stepAt: at,
    waitUntil: at + waitMs(first),
    screens: [],
    told: first.length,
  }
  const withdrawn = superseded(state, alarm.id)
  return [
    ...changed('withdrawn', withdrawn),
    ...changed('closed', unconfirmed(state, alarm.id)),
    { event: 'called', call, notice },
    ...changed('planned', planned(state, first, { alarm: alarm.id, version, cause, at, withdrawn })),
  ]
}

/** How long a step waits for somebody to confirm. */
export function waitMs(channels: readonly Channel[]): number {
  const waits = channels.map(({ confirmWithinS }) => confirmWithinS * 1000)
  return waits.length === 0 ? SCREENS_ALONE_MS : Math.max(...waits)
}

/** Acknowledged or ended: people need not be told any more; machines that were told of the alarm are told of that too. */
function quietened(
  state: PatientDeliveries,
  call: Call,
  { version }: AlarmEvent,
  alarm: Alarm,
  at: number,
  { channels }: DeliveryPolicy,
): Step[] {
  const isEnded = alarm.state === 'ended'
  if (call.state === 'over' && (call.ended === true || !isEnded)) return []
  const cause = isEnded ? 'ended' : 'acknowledged'
  const about = { alarm: alarm.id, version, cause, at, withdrawn: superseded(state, alarm.id) } as const
  const followers = channels.filter(
    (channel) => isInUse(channel) && !isForPeople(channel.target.via) && toldTo(state, channel.id, about).length > 0,
  )
  const news = planned(state, followers, about)
  const over: Call = { ...call, state: 'over', ...(isEnded ? { ended: true } : {}) }
  return [
    ...changed('withdrawn', about.withdrawn),
    ...changed('closed', unconfirmed(state, alarm.id)),
    ...(news.length === 0 ? [] : [{ event: 'planned' as const, deliveries: news, notice: noticeOf(alarm) }]),
    { event: 'over', call: over },
  ]
}

/** What of an alarm goes into messages. */
function noticeOf(alarm: Alarm): Notice {
  const notice = noticeSchema.parse(alarm)
  const isLarge = JSON.stringify(notice.evidence).length > MOST_EVIDENCE_BYTES
  return isLarge ? { ...notice, evidence: {} } : notice
}
