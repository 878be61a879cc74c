import { z } from 'zod'
import { epochMs } from './messages.ts'

/**
 * A device was not let in (in `findings`, header kind `refusal`, key = `system`): said by the broker, a few a minute for each name at most, so that
 * whoever sets a device up sees why it does not come.
 */
export const refusalRecord = z.object({
  /** The user name that was given; it may be of no device. */
  device: z.string().max(64),
  at: epochMs,
  /** A code of the error catalogue: PW_DEVICE_UNKNOWN, PW_DEVICE_DISABLED or PW_CLIENT_ID_FOREIGN. */
  code: z.string(),
  /** Whether there is a device of that name: then it was the password. */
  known: z.boolean(),
})
export type RefusalRecord = z.infer<typeof refusalRecord>
