import {
  PROOF_DEVICE,
  PROOF_PATIENT,
  SYSTEM_PATIENT,
  errorCodeOf,
  PulsewireError,
  type RegistryEntity,
} from '@pulsewire/contracts'
import type { RegistryView, Versioned } from '@pulsewire/registry'
import { randomBytes } from 'node:crypto'

const ATTEMPTS = 5

/** On whose behalf the registry is written; told of each entity what it was and what it is. */
export interface Author {
  readonly name: string
  wrote(before: RegistryEntity | undefined, after: RegistryEntity): void
}

/** An id for who brings none: 12 characters, 72 random bits. */
export function newId(): string {
  return randomBytes(9).toString('base64url')
}

/** Of the system itself. */
const RESERVED_IDS: ReadonlySet<string> = new Set([SYSTEM_PATIENT, PROOF_PATIENT, PROOF_DEVICE])

/** Writes a new entity; PW_EXISTS where there is one of that id, even where another API made it in this moment. */
export async function create<E extends RegistryEntity>(
  view: RegistryView,
  entity: E,
  by: Author,
): Promise<Versioned<E>> {
  if (RESERVED_IDS.has(entity.id) && (entity.kind === 'patient' || entity.kind === 'device')) {
    throw new PulsewireError('PW_EXISTS', `${entity.id} is the system's own`)
  }
  try {
    const created = await view.change(entity, { expectedVersion: 0, by: by.name })
    by.wrote(undefined, entity)
    return created
  } catch (error) {
    if (errorCodeOf(error) !== 'PW_CONFLICT') throw error
    throw new PulsewireError('PW_EXISTS', `${entity.kind} ${entity.id} exists already`, { cause: error })
  }
}

/**
 * Changes an entity. With `expectedVersion`, the change is refused (PW_CONFLICT) where it no longer stands there; without, it is made
 * again on top of what won.
 */
export async function update<E extends RegistryEntity>(
  view: RegistryView,
  read: () => Versioned<E> | undefined,
  change: (entity: E) => E,
  options: { readonly expectedVersion: number | undefined; readonly by: Author; readonly what: string },
): Promise<Versioned<E>> {
  const { expectedVersion, by, what } = options
  for (let attempt = 1; ; attempt++) {
    const current = found(read(), what)
    if (expectedVersion !== undefined && current.version !== expectedVersion) {
      throw new PulsewireError('PW_CONFLICT', `${what} stands at version ${current.version}, not ${expectedVersion}`)
    }
    try {
      const changed = await view.change(change(current.entity), { expectedVersion: current.version, by: by.name })
      by.wrote(current.entity, changed.entity)
      return changed
    } catch (error) {
      if (errorCodeOf(error) !== 'PW_CONFLICT' || expectedVersion !== undefined || attempt === ATTEMPTS) throw error
    }
  }
}

/** `value`, or PW_NOT_FOUND. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new PulsewireError('PW_NOT_FOUND', `there is no ${what}`)
  return value
}
