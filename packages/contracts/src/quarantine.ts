import { z } from 'zod'
import { epochMs } from './messages.ts'

/** How much of a refused payload is kept where the whole is too large, bytes. */
export const QUARANTINE_HEAD_BYTES = 1024

/**
 * The reason beside a quarantined payload (in the record's header `reason`, as JSON); the record's value is the payload's bytes,
 * or its head where it was too large. Key = device.
 */
export const quarantineReason = z.object({
  device: z.string(),
  topic: z.string(),
  /** A code of the error catalogue: PW_… */
  code: z.string(),
  detail: z.string(),
  receivedAt: epochMs,
  bytes: z.int().min(0),
  sha256: z.string(),
  boot: z.string().optional(),
  seq: z.int().optional(),
})
export type QuarantineReason = z.infer<typeof quarantineReason>
