import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Device } from '@pulsewire/contracts'

/**
 * A new secret of a device: 256 random bits (base64url). It cannot be guessed, so SHA-256 is enough to keep it by: a slow hash would
 * only make reconnect storms slow.
 */
export function newDeviceSecret(): { secret: string; sha256: string } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, sha256: sha256Hex(secret) }
}

/** True where `secret` is the device's, in constant time. */
export function verifyDeviceSecret(device: Pick<Device, 'secretSha256'>, secret: string | Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(sha256Hex(secret), 'hex'), Buffer.from(device.secretSha256, 'hex'))
}

function sha256Hex(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex')
}
