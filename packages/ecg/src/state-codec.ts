import type { JsonSafe } from './types.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Every two digits, and the digits of character codes. */
const PAIRS = Array.from(ALPHABET, (first) => Array.from(ALPHABET, (second) => first + second)).flat()
const DIGITS = new Uint8Array(128)
for (let digit = 0; digit < ALPHABET.length; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit

/** Base64url without padding; this package has nothing of Node's or a browser's at hand. */
function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += (PAIRS[word >> 12] ?? '') + (PAIRS[word & 4095] ?? '')
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3))
}

function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let word = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    word = ((word << 6) | (DIGITS[text.charCodeAt(i)] ?? 0)) & 0xffffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (word >> bits) & 0xff
  }
  return bytes
}

function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function isPlain(value: JsonSafe | undefined): value is { [key: string]: JsonSafe } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A JSON-safe copy of a state made of numbers (also NaN and ±Infinity), booleans, strings, arrays, plain objects and float arrays.
 * Anything else is a fault of the program and throws a TypeError.
 */
export function saveState(value: unknown): JsonSafe {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberName(value) }
  if (typeof value === 'boolean' || typeof value === 'string' || value === null) return value
  if (value instanceof Float32Array) return { $f32: toBase64(bytesOf(value)) }
  if (value instanceof Float64Array) return { $f64: toBase64(bytesOf(value)) }
  if (Array.isArray(value)) return value.map(saveState)
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} cannot be saved`)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, saveState(item)]))
}

const numberName = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** A copy of a state (see `saveState`) that shares nothing with it: many times quicker than through JSON. */
export function copyState<T>(state: T): T
export function copyState(state: unknown): unknown {
  if (typeof state !== 'object' || state === null) return state
  if (state instanceof Float32Array || state instanceof Float64Array) return state.slice()
  if (Array.isArray(state)) {
    const list: unknown[] = state.slice()
    for (let i = 0; i < list.length; i++) if (typeof list[i] === 'object') list[i] = copyState(list[i])
    return list
  }
  const copy: Record<string, unknown> = { ...state }
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = copyState(copy[key])
  return copy
}

/** The value that `saveState` saved. */
export function loadState(saved: JsonSafe): unknown {
  if (Array.isArray(saved)) return saved.map(loadState)
  if (!isPlain(saved)) return saved
  if (typeof saved.$number === 'string') return Number(saved.$number)
  if (typeof saved.$f32 === 'string') return new Float32Array(fromBase64(saved.$f32).buffer)
  if (typeof saved.$f64 === 'string') return new Float64Array(fromBase64(saved.$f64).buffer)
  return Object.fromEntries(Object.entries(saved).map(([key, item]) => [key, loadState(item)]))
}

/**
 * Puts a saved state into a fresh one of the same shape. Float arrays and nested objects keep their identity.
 * @throws RangeError where the shapes differ (another version wrote it).
 */
export function restoreInto(target: object, saved: JsonSafe): void {
  if (!isPlain(saved)) throw new RangeError('not a saved state')
  for (const key of Object.keys(target)) {
    const current: unknown = Reflect.get(target, key)
    const item = saved[key]
    if (item === undefined) throw new RangeError(`the saved state has no ${key}`)
    if (isNested(current)) {
      restoreInto(current, item)
      continue
    }
    const value = loadState(item)
    if (current instanceof Float32Array || current instanceof Float64Array) {
      if (!(value instanceof Float32Array || value instanceof Float64Array) || value.length !== current.length)
        throw new RangeError(`the saved state's ${key} has another size`)
      current.set(value)
    } else {
      if (typeof value !== typeof current) throw new RangeError(`the saved state's ${key} has another type`)
      Reflect.set(target, key, value)
    }
  }
}

/** A plain object, which is restored part by part. */
function isNested(value: unknown): value is object {
  const isArray = Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array
  return typeof value === 'object' && value !== null && !isArray
}
