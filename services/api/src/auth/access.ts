import type { Role } from '@pulsewire/contracts'

/**
 * Who may do what: the one table. `admin` runs the installation, `clinician` treats (acknowledges, sets limits), `viewer` looks,
 * `analyst` reads series, `integration` is another system that registers and reads.
 */
export const PERMISSIONS = {
  /** Anybody who is signed in. */
  'signed-in': ['admin', 'clinician', 'viewer', 'analyst', 'integration'],
  'read-registry': ['admin', 'clinician', 'viewer', 'analyst', 'integration'],
  'read-series': ['admin', 'clinician', 'viewer', 'analyst', 'integration'],
  'read-ward': ['admin', 'clinician', 'viewer', 'integration'],
  'read-accounting': ['admin', 'clinician', 'viewer', 'analyst', 'integration'],
  /** Payloads that were refused: nobody knows what is in them. */
  'read-quarantine': ['admin', 'clinician', 'integration'],
  treat: ['admin', 'clinician'],
  'write-patients': ['admin', 'clinician', 'integration'],
  'enter-observations': ['admin', 'clinician', 'integration'],
  'write-devices': ['admin', 'integration'],
  /** Who wears what. */
  associate: ['admin', 'clinician', 'integration'],
  'manage-users': ['admin'],
  /** What holds for many patients: beds, escalation chains, limits to begin with, channels. */
  configure: ['admin'],
  /** Who did what. */
  'read-audit': ['admin'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof PERMISSIONS

export function allows(permission: Permission, roles: readonly Role[]): boolean {
  const allowed: readonly Role[] = PERMISSIONS[permission]
  return roles.some((role) => allowed.includes(role))
}
