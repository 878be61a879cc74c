/**
 * The error catalogue. Class: `transient` (try again), `ambiguous` (it may have happened; try again idempotently), `permanent`
 * (trying again will not help).
 */
export interface ErrorEntry {
  readonly class: 'transient' | 'ambiguous' | 'permanent'
  readonly status: number
  readonly title: string
}

const permanent = (status: number, title: string): ErrorEntry => ({ class: 'permanent', status, title })
const transient = (status: number, title: string): ErrorEntry => ({ class: 'transient', status, title })

export const ERRORS = {
  PW_PAYLOAD_EMPTY: permanent(400, 'The payload is empty'),
  PW_PAYLOAD_TOO_LARGE: permanent(413, 'The payload is larger than 256 KiB'),
  PW_PAYLOAD_NOT_JSON: permanent(400, 'The payload is not JSON'),
  PW_PAYLOAD_NOT_CBOR: permanent(400, 'The payload is not CBOR'),
  PW_PAYLOAD_INVALID: permanent(422, 'The payload does not follow its schema'),
  PW_SIGNALS_UNEQUAL: permanent(422, 'The signals of a block differ in length'),
  PW_TOPIC_UNKNOWN: permanent(404, 'No such topic in the device contract'),
  PW_TOPIC_FOREIGN: permanent(403, 'The topic belongs to another device'),
  PW_SEQ_REUSED: permanent(409, 'The same boot and seq came with other content'),
  PW_CLOCK_OFF: permanent(422, "The device's clock is off"),
  PW_DEVICE_UNKNOWN: permanent(401, 'No such device, or a wrong secret'),
  PW_DEVICE_DISABLED: permanent(401, 'The device is disabled'),
  PW_CLIENT_ID_FOREIGN: permanent(401, 'The client id is not the device id that signed in'),
  PW_REQUEST_INVALID: permanent(400, 'The request does not follow its schema'),
  PW_UNAUTHENTICATED: permanent(401, 'Sign in first'),
  PW_SIGN_IN_FAILED: permanent(401, 'Wrong user or password'),
  PW_FORBIDDEN: permanent(403, 'Your role does not allow this'),
  PW_NOT_FOUND: permanent(404, 'Not found'),
  PW_NOT_ACCEPTABLE: permanent(406, 'No representation of that type'),
  PW_UNSUPPORTED_MEDIA_TYPE: permanent(415, 'The body is of a type that is not read'),
  PW_LAST_ADMIN: permanent(409, 'Somebody must stay administrator'),
  PW_CONFLICT: permanent(409, 'It was changed by somebody else in the meantime'),
  PW_EXISTS: permanent(409, 'It exists already'),
  PW_IN_USE: permanent(409, 'It is in use'),
  PW_PASSWORD_WRONG: permanent(403, 'The present password is another one'),
  PW_ALARM_STATE: permanent(409, "The alarm's state does not allow this"),
  PW_DELIVERY_STATE: permanent(409, "The delivery's state does not allow this"),
  PW_LINK_INVALID: permanent(403, 'The link is not one of ours, or it is too old'),
  PW_CHANNEL_REFUSED: permanent(502, 'The receiver of the channel refused the message'),
  PW_CHANNEL_UNAVAILABLE: transient(503, 'The receiver of the channel cannot be reached'),
  PW_TOO_MANY_REQUESTS: transient(429, 'Too many requests'),
  PW_CONFIG_INVALID: permanent(500, 'The configuration is not valid'),
  PW_LOG_DAMAGED: permanent(500, 'A record of the log is damaged'),
  PW_LOG_UNAVAILABLE: transient(503, 'The event log cannot be written'),
  PW_LOG_FULL: transient(503, 'No space is left for the event log'),
  PW_LOG_CLOSED: transient(503, 'The event log is closed'),
  PW_RECORD_TOO_LARGE: permanent(413, 'The record is larger than the log takes'),
  PW_STORE_DAMAGED: permanent(500, 'A part of the time-series store is damaged'),
  PW_STORE_UNAVAILABLE: transient(503, 'The time-series store cannot be reached'),
  PW_REGISTRY_BEHIND: transient(503, 'The registry view has not caught up in time'),
  PW_INTERNAL: { class: 'ambiguous', status: 500, title: 'Something went wrong inside' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** An error with a stable code from the catalogue. */
export class PulsewireError extends Error {
  override readonly name = 'PulsewireError'
  readonly code: ErrorCode
  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? ERRORS[code].title, options)
    this.code = code
  }
  get entry(): ErrorEntry {
    return ERRORS[this.code]
  }
}

/** The code of any thrown thing; what is not ours is `PW_INTERNAL`. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof PulsewireError ? error.code : 'PW_INTERNAL'
}
