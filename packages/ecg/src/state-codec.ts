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

/** As `copyState`, of what has still to show that it is such data. Throws a TypeError on anything else: a fault of the program. */
export function plainState(value: unknown): PlainState {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'string':
      return value
    case 'object': {
      if (value === null) return null
      if (isFloats(value)) return value.slice()
      if (Array.isArray(value)) return value.map(plainState)
      const copy: { [key: string]: PlainState } = {}
      for (const [key, item] of Object.entries(value)) copy[key] = plainState(item)
      return copy
    }
    default:
      throw new TypeError(`a ${typeof value} cannot be saved`)
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
