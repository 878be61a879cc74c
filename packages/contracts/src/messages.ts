import { z } from 'zod'
import { BOOT_PATTERN, ID_PATTERN } from './ids.ts'
import { SIGNAL_PATTERN } from './signals.ts'
import { CODED_VITALS, NUMERIC_VITALS } from './vitals.ts'

/** The largest uplink payload that a broker accepts, bytes. */
export const MAX_PAYLOAD_BYTES = 256 * 1024
/** The most samples that one signal of a block may have (a minute at 1 kHz and then some; the payload's size is the other limit). */
export const MAX_SAMPLES_PER_SIGNAL = 65_536
/** The most signals in one block. */
export const MAX_SIGNALS_PER_BLOCK = 32

/** Milliseconds since 1970, UTC: the year 2000 to the year 2100, so that seconds sent as milliseconds are noticed. */
export const epochMs = z.int().min(946_684_800_000).max(4_102_444_800_000)
/** A device's clock, ms since 1970: it may be unset (near 0); the edge corrects it. */
export const deviceMs = z.int().min(0).max(4_102_444_800_000)
export const id = z.string().regex(ID_PATTERN)
const boot = z.string().regex(BOOT_PATTERN)
const seq = z.int().min(0)

const common = {
  boot: boot.describe('the power-on session'),
  seq: seq.describe('strictly increasing within boot, over all kinds of message'),
  at: deviceMs.describe('device clock: time of the observation, or of the first sample'),
  sent: deviceMs.optional().describe('device clock at transmission'),
}

const numericVitals = Object.fromEntries(
  Object.entries(NUMERIC_VITALS).map(([code, vital]) => [
    code,
    z.number().min(vital.minimum).max(vital.maximum).optional().describe(`${vital.label}, ${vital.unit}`),
  ]),
) as Record<keyof typeof NUMERIC_VITALS, z.ZodOptional<z.ZodNumber>>

/** The values of one observation, by code. */
export const vitalValues = z
  .strictObject({ ...numericVitals, consciousness: z.enum(CODED_VITALS.consciousness.values).optional() })
  .refine((values) => Object.keys(values).length > 0)
  .meta({ minProperties: 1 })
export type VitalValues = z.infer<typeof vitalValues>

export const vitalsMessage = z
  .looseObject({
    ...common,
    vitals: vitalValues,
    quality: z.record(z.string(), z.number().min(0).max(1)).optional(),
  })
  .describe('bsn/v1/{device}/vitals: numeric observations')
export type VitalsMessage = z.infer<typeof vitalsMessage>

export const waveformSignal = z.looseObject({
  name: z.string().regex(SIGNAL_PATTERN),
  unit: z.string().min(1).max(16),
  // Bounds far beyond any sensor, so that every value of a block is a number that can be written down.
  scale: z
    .number()
    .min(-1e9)
    .max(1e9)
    .refine((scale) => Math.abs(scale) >= 1e-9)
    .meta({ anyOf: [{ minimum: 1e-9 }, { maximum: -1e-9 }] }),
  offset: z.number().min(-1e9).max(1e9),
  samples: z.array(z.int().min(-32768).max(32767)).min(1).max(MAX_SAMPLES_PER_SIGNAL),
  highPassHz: z.number().min(0).optional(),
  lowPassHz: z.number().min(0).optional(),
})
export const waveformMessage = z
  .looseObject({
    ...common,
    rateHz: z.number().min(0.1).max(5000),
    signals: z.array(waveformSignal).min(1).max(MAX_SIGNALS_PER_BLOCK),
  })
  .describe('bsn/v1/{device}/waveform: a block of samples of one or more synchronous signals')

/** One signal of a block, decoded: value = (sample − offset) · scale; −32768 = missing. */
export interface WaveformSignal {
  name: string
  unit: string
  scale: number
  offset: number
  samples: Int16Array
  highPassHz?: number
  lowPassHz?: number
}
export interface WaveformMessage {
  boot: string
  seq: number
  at: number
  sent?: number
  rateHz: number
  signals: WaveformSignal[]
}

export const eventMessage = z
  .looseObject({
    ...common,
    event: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    detail: z.string().max(1000).optional(),
  })
  .describe('bsn/v1/{device}/event: patient-button, symptom, fall, lead-off, lead-on, …')
export type EventMessage = z.infer<typeof eventMessage>

export const statusMessage = z
  .looseObject({
    state: z.enum(['online', 'offline']),
    boot: boot.optional(),
    seq: seq.optional(),
    at: deviceMs.optional(),
    sent: deviceMs.optional(),
    firmware: z.string().max(200).optional(),
    model: z.string().max(200).optional(),
    battery: z.number().min(0).max(100).optional(),
  })
  .describe('bsn/v1/{device}/status: retained; also the last will')
export type StatusMessage = z.infer<typeof statusMessage>

export const commandAckMessage = z
  .looseObject({
    ...common,
    command: z.string().min(1).max(100),
    result: z.enum(['done', 'refused', 'expired']),
    detail: z.string().max(1000).optional(),
  })
  .describe('bsn/v1/{device}/command/ack: the answer to a command')
export type CommandAckMessage = z.infer<typeof commandAckMessage>

export const noticeMessage = z
  .object({
    kind: z.enum(['quarantined', 'clock', 'time', 'throttled']),
    code: z.string(),
    detail: z.string(),
    boot: boot.optional(),
    seq: seq.optional(),
    serverTime: epochMs,
  })
  .describe('bsn/v1/{device}/notice (down): what was wrong with something that the device sent; server time')
export type NoticeMessage = z.infer<typeof noticeMessage>

export const commandMessage = z
  .looseObject({ id: z.string().min(1).max(100), type: z.string().min(1).max(64), expiresAt: epochMs })
  .describe('bsn/v1/{device}/command (down): what the device shall do')
export type CommandMessage = z.infer<typeof commandMessage>

/** The kinds of message that a device sends up. */
export const UPLINK_KINDS = ['vitals', 'waveform', 'event', 'status', 'command-ack'] as const
export type UplinkKind = (typeof UPLINK_KINDS)[number]

/** A decoded, validated uplink message with its kind. */
export type UplinkMessage =
  | { kind: 'vitals'; message: VitalsMessage }
  | { kind: 'waveform'; message: WaveformMessage }
  | { kind: 'event'; message: EventMessage }
  | { kind: 'status'; message: StatusMessage }
  | { kind: 'command-ack'; message: CommandAckMessage }

/** Schema of each uplink message by kind. */
export const uplinkSchemas = {
  vitals: vitalsMessage,
  waveform: waveformMessage,
  event: eventMessage,
  status: statusMessage,
  'command-ack': commandAckMessage,
} as const satisfies Record<UplinkKind, z.ZodType>
