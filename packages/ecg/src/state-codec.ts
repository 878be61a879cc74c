import type { PlainState } from './types.ts'

function isPlainObject(value: PlainState | undefined): value is { [key: string]: PlainState } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isFloats(value)
}

function isFloats(value: unknown): value is Float32Array | Float64Array {
  return value instanceof Float32Array || value instanceof Float64Array
}

/** A copy of a state made of plain data and float arrays, that shares nothing with it. */
export function copyState<T>(state: T): T
export function copyState(state: unknown): unknown {
  if (typeof state !== 'object' || state === null) return state
  if (isFloats(state)) return state.slice()
  if (Array.isArray(state)) {
    const list: unknown[] = state.slice()
    for (let i = 0; i < list.length; i++) if (typeof list[i] === 'object') list[i] = copyState(list[i])
    return list
  }
  const copy: Record<string, unknown> = { ...state }
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = copyState(copy[key])
  return copy
}

/** A copy of what has still to show that it is such data; throws as `asPlainState`. */
export function plainState(value: unknown): PlainState {
  return copyState(asPlainState(value))
}

/** The same thing, not a copy. Throws a TypeError where it is no such data: a fault of the program. */
export function asPlainState(value: unknown): PlainState {
  if (!isPlainState(value)) throw new TypeError('this cannot be saved')
  return value
}

function isPlainState(value: unknown): value is PlainState {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'string':
      return true
    case 'object':
      if (value === null || isFloats(value)) return true
      if (Array.isArray(value)) return value.every(isPlainState)
      for (const key in value) if (!isPlainState(Reflect.get(value, key))) return false
      return true
    default:
      return false
  }
}

/**
 * Puts a saved state into a fresh one of the same shape. Float arrays and nested objects keep their identity; nothing is shared afterwards.
 * @throws RangeError where the shapes differ (another version wrote it).
 */
export function restoreInto(target: object, saved: PlainState): void {
  if (!isPlainObject(saved)) throw new RangeError('not a saved state')
  for (const key of Object.keys(target)) {
    const current: unknown = Reflect.get(target, key)
    const value = saved[key]
    if (value === undefined) throw new RangeError(`the saved state has no ${key}`)
    if (isFloats(current)) {
      const fits = isFloats(value) && value.constructor === current.constructor && value.length === current.length
      if (!fits) throw new RangeError(`the saved state's ${key} has another size`)
      current.set(value)
    } else if (typeof current === 'object' && current !== null && !Array.isArray(current)) {
      restoreInto(current, value)
    } else {
      if (typeof value !== typeof current || Array.isArray(value) !== Array.isArray(current))
        throw new RangeError(`the saved state's ${key} has another type`)
      Reflect.set(target, key, copyState(value))
    }
  }
}
