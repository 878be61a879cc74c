import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** argon2id (the library's default algorithm) with OWASP's parameters: 19 MiB, 2 passes, 1 lane; about 18 ms. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS)
}

let nobody: Promise<string> | undefined

/** True where `password` belongs to `encoded`. `undefined` = there is no such user: that costs as much time, so that names cannot be found out. */
export async function verifyPassword(encoded: string | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword(randomBytes(32).toString('base64url'))
  const matches = await verify(encoded ?? (await nobody), password)
  return matches && encoded !== undefined
}

/** A password to be printed once: 120 random bits. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url')
}
