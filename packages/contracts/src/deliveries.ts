import { z } from 'zod'
import { alarm } from './alarms.ts'
import { CHANNEL_KINDS } from './channels.ts'
import { ALARM_PRIORITIES } from './findings.ts'
import { epochMs, id } from './messages.ts'

/** What a message is made from: the alarm as it was at the step that it tells of. */
export const notice = alarm.pick({
  id: true,
  patient: true,
  device: true,
  type: true,
  kind: true,
  priority: true,
  state: true,
  onset: true,
  raisedAt: true,
  ringingSince: true,
  endedAt: true,
  acknowledgedBy: true,
  acknowledgedAt: true,
  escalation: true,
  addressedTo: true,
  message: true,
  evidence: true,
  confidence: true,
  code: true,
  side: true,
})
export type Notice = z.infer<typeof notice>

/**
 * `pending`: to be sent (again); `sent`: the receiver took it, nobody has confirmed yet; `confirmed`; `failed`: given up; `withdrawn`: not needed any
 * more before it went out; `closed`: sent, and the alarm was acknowledged or over before this one was confirmed.
 */
export const DELIVERY_STATES = ['pending', 'sent', 'confirmed', 'failed', 'withdrawn', 'closed'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** Why a message goes out. */
export const DELIVERY_CAUSES = ['raised', 'again', 'escalated', 'acknowledged', 'ended', 'test'] as const
export type DeliveryCause = (typeof DELIVERY_CAUSES)[number]

/** One message to one channel. */
export const delivery = z.object({
  /** `channel.patient.version of the alarm event`: the same however often it is tried, so that a receiver can drop what it has. */
  id: z.string().max(200),
  channel: id,
  via: z.enum(CHANNEL_KINDS),
  patient: id,
  alarm: z.string(),
  cause: z.enum(DELIVERY_CAUSES),
  /** The step of the chain that it belongs to. */
  step: z.int().min(0),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int().min(0),
  createdAt: epochMs,
  /** While pending: not before then; and when it is given up. */
  nextAttemptAt: epochMs,
  giveUpAt: epochMs,
  sentAt: epochMs.optional(),
  confirmedAt: epochMs.optional(),
  confirmedBy: z.string().max(200).optional(),
  /** What went wrong last. */
  error: z.string().max(500).optional(),
  /** The version of the alarm event that it tells of; 0 = a test. */
  version: z.int().min(0),
  /** What this channel was told of the alarm before, oldest first: the newest ten. */
  earlier: z.array(z.object({ id: z.string(), at: epochMs })).max(10),
})
export type Delivery = z.infer<typeof delivery>

/** That a screen showed an alarm. */
export const screenReceipt = z.object({
  screen: z.string().max(100),
  user: z.string().max(64),
  at: epochMs,
  /** The page was in front. */
  visible: z.boolean(),
  /** The page may ring. */
  sound: z.enum(['on', 'off']),
})
export type ScreenReceipt = z.infer<typeof screenReceipt>

/**
 * `open`: somebody has yet to confirm; `heard`: somebody did; `unconfirmed`: it went out, the chain is at its end; `unheard`: nothing went
 * through at all; `over`: acknowledged or ended.
 */
export const CALL_STATES = ['open', 'heard', 'unconfirmed', 'unheard', 'over'] as const
export type CallState = (typeof CALL_STATES)[number]

/** One call for somebody to come: an alarm that began to ring, rang again, or went up its chain. The newest of each alarm counts. */
export const call = z.object({
  alarm: z.string(),
  patient: id,
  priority: z.enum(ALARM_PRIORITIES),
  state: z.enum(CALL_STATES),
  /** The version of the alarm event that it began with, the alarm's count of rings and its escalation then. */
  version: z.int().min(1),
  rings: z.int().min(0),
  escalation: z.int().min(0),
  /** The step of the chain that it stands at, since when, and until when a confirmation is waited for. */
  step: z.int().min(0),
  stepAt: epochMs,
  waitUntil: epochMs,
  screens: z.array(screenReceipt),
  /** To how many channels messages were planned, over all steps. */
  told: z.int().min(0),
  heardAt: epochMs.optional(),
  heardBy: z.string().max(200).optional(),
  /** The alarm has ended: nothing more comes of it. */
  ended: z.boolean().optional(),
})
export type Call = z.infer<typeof call>

export const DELIVERY_EVENTS = [
  'called',
  'planned',
  'attempt-failed',
  'sent',
  'confirmed',
  'failed',
  'withdrawn',
  'closed',
  'shown',
  'heard',
  'next-step',
  'unconfirmed',
  'unheard',
  'over',
] as const
export type DeliveryEventName = (typeof DELIVERY_EVENTS)[number]

/**
 * One step in `deliveries`, key = patient, with the fence of `alarms`. It carries the whole of what changed as it then is; one whose version does
 * not follow is ignored by every reader.
 */
export const deliveryEvent = z.object({
  patient: id,
  version: z.int().min(1),
  at: epochMs,
  event: z.enum(DELIVERY_EVENTS),
  /** The version of the alarm event that led to it: one that is read a second time has no second effect. */
  alarmVersion: z.int().min(1).optional(),
  deliveries: z.array(delivery).optional(),
  call: call.optional(),
  /** What the messages of `alarmVersion` are made from. */
  notice: notice.optional(),
})
export type DeliveryEvent = z.infer<typeof deliveryEvent>

/** What came back from outside, and what is asked of the notifier: in `receipts`, key = patient. */
export const receiptRecord = z.discriminatedUnion('type', [
  z.object({ type: z.literal('screen'), patient: id, alarm: z.string().max(200), ...screenReceipt.shape }),
  /** Somebody confirmed a delivery, by its link or signed in. */
  z.object({
    type: z.literal('confirm'),
    patient: id,
    delivery: z.string().max(200),
    at: epochMs,
    by: z.string().max(64),
  }),
  /** A message to try a channel with; `patient` is the system's. */
  z.object({
    type: z.literal('test'),
    patient: id,
    channel: id,
    delivery: z.string().max(200),
    at: epochMs,
    by: z.string().max(64),
  }),
])
export type ReceiptRecord = z.infer<typeof receiptRecord>

/** The id of a delivery: the same for the same channel and alarm event. */
export function deliveryId(channel: string, patient: string, version: number | string): string {
  return `${channel}.${patient}.${version}`
}

/** Whose delivery an id names; `undefined` where it is none. */
export function patientOfDelivery(deliveryId: string): string | undefined {
  const [channel, patient, version, ...more] = deliveryId.split('.')
  return channel && version && more.length === 0 ? patient : undefined
}
