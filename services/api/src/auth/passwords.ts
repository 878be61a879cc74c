import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { createWorkLimit } from './work-limit.ts'

/** argon2id (the library's default algorithm) with OWASP's parameters: 19 MiB, 2 passes, 1 lane; about 18 ms. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/**
 * Anybody may ask for a password to be checked, under made-up names as often as he likes. libuv has four threads for all that this
 * process does with files: two are left to it, whoever guesses.
 */
const checks = createWorkLimit(2, 100)

export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS)
}

let nobody: Promise<string> | undefined

/**
 * True where `password` belongs to `encoded`. `undefined` = there is no such user: that costs as much time, so that names cannot be
 * found out. Throws PW_TOO_MANY_REQUESTS where too many wait for the same.
 */
export async function verifyPassword(encoded: string | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword(randomBytes(32).toString('base64url'))
  const expected = encoded ?? (await nobody)
  const matches = await checks.run(() => verify(expected, password))
  return matches && encoded !== undefined
}

/** A password to be printed once: 120 random bits. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url')
}
