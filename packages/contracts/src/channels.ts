import { z } from 'zod'
import { ALARM_PRIORITIES } from './findings.ts'
import { epochMs, id } from './messages.ts'

/** The ways on which an alarm leaves the house. */
export const CHANNEL_KINDS = ['webhook', 'email', 'web-push', 'cap'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** An address that is posted to. No user or password in it: they would stand in logs. */
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  .max(2_000)
  .refine((url) => !/^https?:\/\/[^/?#]*@/i.test(url), 'must hold no user name or password')

/** A Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64. */
export const WEBHOOK_SECRET_PATTERN = /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const base64url = z.string().regex(/^[A-Za-z0-9_-]+=*$/, 'must be base64url')

export const webhookTarget = z.strictObject({
  via: z.literal('webhook'),
  address: httpUrl,
  /** Signs each message (HMAC-SHA256). */
  secret: z.string().regex(WEBHOOK_SECRET_PATTERN, 'must be whsec_ and 24 to 64 bytes in base64'),
  /** The receiver says by the signed link when somebody has seen it: its 2xx alone confirms nothing. */
  confirmsLater: z.boolean().optional(),
})

export const emailTarget = z.strictObject({
  via: z.literal('email'),
  address: z.email('must be an e-mail address').max(254),
})

/** A browser's push subscription. */
export const pushTarget = z.strictObject({
  via: z.literal('web-push'),
  address: httpUrl.refine((url) => url.startsWith('https://'), 'must be an https:// address'),
  keys: z.strictObject({ p256dh: base64url.min(80).max(100), auth: base64url.min(20).max(30) }),
  /** Who subscribed. */
  user: z.string().min(1).max(64),
})

/** CAP 1.2 lists are separated by blanks, identifiers must hold no blank, comma, `<` or `&`. */
const capToken = z.string().regex(/^[^\s,<&]{1,200}$/, 'must have no blanks, commas, < or &')

export const capTarget = z.strictObject({
  via: z.literal('cap'),
  address: httpUrl,
  /** Sent as a bearer token. */
  secret: z.string().min(8).max(500).optional(),
  sender: capToken,
  senderName: z.string().min(1).max(200).optional(),
  status: z.enum(['Actual', 'Exercise', 'Test']),
  scope: z.enum(['Restricted', 'Private']),
  /** For scope Restricted: who may see it. */
  restriction: z.string().min(1).max(500).optional(),
  /** For scope Private: whom it is for. */
  addresses: z.array(capToken).min(1).max(20).optional(),
  /** Bare CAP, or CAP in an EDXL-DE 2.0 envelope. */
  envelope: z.enum(['none', 'edxl-de']),
  /** Where the ward is: `lat,lon radiusKm`, and codes of the place (`SAME`, `INSEE`, …). */
  circle: z
    .string()
    .regex(
      /^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)? \d{1,5}(\.\d+)?$/,
      'must be lat,lon and a radius in km: 52.52,13.40 0.5',
    )
    .optional(),
  geocode: z
    .array(z.strictObject({ name: z.string().min(1).max(64), value: z.string().min(1).max(64) }))
    .max(10)
    .optional(),
})

export const channelTarget = z.discriminatedUnion('via', [webhookTarget, emailTarget, pushTarget, capTarget])
export type ChannelTarget = z.infer<typeof channelTarget>
export type TargetOf<K extends ChannelKind> = Extract<ChannelTarget, { via: K }>

/** Which alarms go to a channel, and when. */
export const channelRules = z.object({
  name: z.string().min(1).max(100),
  /** 0 = at once; 1 = when step 0 has brought no confirmation; … */
  step: z.int().min(0).max(9),
  /** How long a confirmation is waited for before the next step. */
  confirmWithinS: z.int().min(10).max(3600),
  priorities: z.array(z.enum(ALARM_PRIORITIES)).min(1).max(3),
  /** Alarms of the equipment too. */
  technical: z.boolean(),
  /** Only these patients; only those whose place begins with one of these. */
  patients: z.array(id).min(1).max(1000).optional(),
  places: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
  /** Only while the alarm calls one of these roles or names of the patient's escalation chain. */
  addressedTo: z.array(z.string().min(1).max(64)).min(1).max(20).optional(),
  /** The patient's name goes out too. */
  includeName: z.boolean(),
  disabled: z.boolean().optional(),
})
export type ChannelRules = z.infer<typeof channelRules>

/** A way on which alarms are told, in the registry. */
export const channelEntity = z.object({
  kind: z.literal('channel'),
  id,
  ...channelRules.shape,
  target: channelTarget,
  createdAt: epochMs,
  /** Alarms from then on. */
  from: epochMs,
  /** It was given up: its records stay, nothing more is sent. */
  removed: z.boolean().optional(),
})
export type Channel = z.infer<typeof channelEntity>
