/** What a client id, device id or patient id may look like. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/

/** What a `boot` (power-on session) may look like. */
export const BOOT_PATTERN = /^[A-Za-z0-9_-]{1,36}$/

/** True where `value` may serve as the id of a device or a patient. */
export function isId(value: string): boolean {
  return ID_PATTERN.test(value)
}
