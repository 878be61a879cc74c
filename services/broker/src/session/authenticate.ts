import { PulsewireError, errorCodeOf, isId, type Device, type ErrorCode } from '@pulsewire/contracts'
import { verifyDeviceSecret, type RegistryView } from '@pulsewire/registry'

/** What a client says in CONNECT. */
export interface Credentials {
  readonly clientId: string
  readonly username: string | undefined
  readonly password: Uint8Array | undefined
}

/** The CONNACK return codes of MQTT 3.1.1 that a refusal uses. */
const RETURN_CODES: Partial<Record<ErrorCode, number>> = {
  PW_CLIENT_ID_FOREIGN: 2,
  PW_REGISTRY_BEHIND: 3,
  PW_LOG_UNAVAILABLE: 3,
  PW_LOG_CLOSED: 3,
  PW_DEVICE_UNKNOWN: 4,
  PW_DEVICE_DISABLED: 5,
}
/** The log or the registry does not answer: whoever comes is told to try again. */
export const SERVER_UNAVAILABLE = 3

/** The CONNACK return code for an error: 2 identifier rejected, 3 unavailable, 4 bad user name or password, 5 not authorised. */
export function returnCodeOf(error: unknown): number {
  return RETURN_CODES[errorCodeOf(error)] ?? SERVER_UNAVAILABLE
}

/**
 * The device that signs in: user name = device id = client id, with its own secret. The registry view is brought up to date first, so
 * what was just registered, renewed or disabled counts. Throws PW_DEVICE_UNKNOWN, _DISABLED, PW_CLIENT_ID_FOREIGN, PW_REGISTRY_BEHIND.
 */
export async function authenticateDevice(
  registry: Pick<RegistryView, 'state' | 'catchUp'>,
  { clientId, username, password }: Credentials,
  catchUpTimeoutMs: number,
): Promise<Device> {
  if (username === undefined || password === undefined || !isId(username)) throw new PulsewireError('PW_DEVICE_UNKNOWN')
  await registry.catchUp(catchUpTimeoutMs)
  const device = registry.state.devices.get(username)?.entity
  // An unknown device costs the same as a wrong secret, so that ids cannot be found out by time.
  const matches = verifyDeviceSecret(device ?? NOBODY, password)
  if (device === undefined || !matches) throw new PulsewireError('PW_DEVICE_UNKNOWN')
  if (clientId !== device.id) throw new PulsewireError('PW_CLIENT_ID_FOREIGN')
  if (device.disabled === true) throw new PulsewireError('PW_DEVICE_DISABLED')
  return device
}

/** No secret has this hash. */
const NOBODY = { secretSha256: '0'.repeat(64) }
