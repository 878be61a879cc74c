import { z } from 'zod'
import { epochMs } from './messages.ts'

/** The synthetic patient that proves the way from device to screen, and its device. Nobody may be registered under these ids. */
export const PROOF_PATIENT = 'pulsewire-proof'
export const PROOF_DEVICE = 'pulsewire-proof'
/** What that device sends. */
export const PROOF_EVENT = 'proof'
/** The one finding of it, and the one alarm: their onset never changes, so that they are updated and never raised again. */
export const PROOF_ONSET_MS = Date.UTC(2026, 0, 1)

/** The way of a proof. Each stage needs those before it. */
export const PROOF_STAGES = ['log', 'broker', 'detector', 'alarm-manager', 'recorder', 'api'] as const
export type ProofStage = (typeof PROOF_STAGES)[number]

/** What the prover saw last (header kind `proof`; key = `system`). */
export const proofRecord = z.object({
  at: epochMs,
  /** A proof is sent so often; 0: it was switched off. */
  everyMs: z.int().min(0),
  /** When the newest proof was sent that passed the stage; absent where none has yet. */
  passed: z.partialRecord(z.enum(PROOF_STAGES), epochMs),
  /** The first stage that no proof has passed for too long, and since when. */
  broken: z.object({ stage: z.enum(PROOF_STAGES), since: epochMs }).optional(),
})
export type ProofRecord = z.infer<typeof proofRecord>

/** What it means at the bedside that proofs end at a stage. */
export const PROOF_WORDS: Readonly<Record<ProofStage, string>> = {
  log: 'Nothing can be kept: watch the patients directly',
  broker: 'Messages of devices do not get in: watch the patients directly',
  detector: 'The analysis of the signals does not answer: watch the patients directly, alarms may not come',
  'alarm-manager': 'Alarms are not raised: watch the patients directly',
  recorder: 'The history is not being kept: what is live goes on',
  api: 'The screens may not be told: watch the patients directly',
}
