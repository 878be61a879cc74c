import { PulsewireError } from '@pulsewire/contracts'
import errors from 'kafkajs/src/protocol/error.js'

/** The broker's word for an error code, e.g. `NOT_LEADER_FOR_PARTITION`; undefined for 0. */
export function answerOfCode(code: number): string | undefined {
  return code === 0 ? undefined : errors.createErrorFromCode(code).type
}

/** Kafka did not do it, or did not say so: to be tried again. */
export function unavailable(what: string, cause?: unknown): PulsewireError {
  if (cause instanceof PulsewireError) return cause
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new PulsewireError('PW_LOG_UNAVAILABLE', `${what}${why}`, { cause })
}
