/**
 * Values of few forms, kept small: messages of a device differ in their numbers and samples alone, so what is the same in all of them (names, nesting,
 * texts) is kept once, and of each value its numbers. Append-only: what was read of a pack before is still true after more was added.
 */
export interface Pack<T> {
  readonly length: number
  /** Of all `Int16Array`s in it. */
  readonly samples: number
  add(value: T): void
  /** A copy of the value at a place, as it was added. */
  at(index: number): T
  /** Gives back what room there is for more. */
  close(): void
}

/** Names and nesting of a value. */
type Shape =
  | { readonly kind: 'number' | 'same' | 'numbered' }
  | { readonly kind: 'samples'; readonly length: number }
  | { readonly kind: 'list'; readonly items: readonly Shape[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly fields: readonly Shape[] }

/** A shape with all but its numbers: in order, what stands at its leaves, and of a text that ends in a number (a place in the log) what comes before it. */
interface Form {
  readonly shape: Shape
  readonly constants: readonly unknown[]
}

const NUMBER: Shape = { kind: 'number' }
const SAME: Shape = { kind: 'same' }
const NUMBERED: Shape = { kind: 'numbered' }
/** Forms that are looked at again; a device that never says the same twice is kept as it speaks. */
const MOST_KNOWN = 16
const ENDS_IN_NUMBER = /^(.*\/)(0|[1-9]\d{0,14})$/

/**
 * Shapes by their description. Shared by all packs: thousands of devices speak alike, and what is read for all of them stays in the processor's cache.
 * Beyond so many, shapes are not shared.
 */
const shared = new Map<string, Shape>()
const MOST_SHARED = 1_000

function shapeOf(value: unknown, constants: unknown[]): Shape {
  if (typeof value === 'number') return NUMBER
  const prefix = typeof value === 'string' ? ENDS_IN_NUMBER.exec(value)?.[1] : undefined
  if (prefix !== undefined) {
    constants.push(prefix)
    return NUMBERED
  }
  if (typeof value !== 'object' || value === null) {
    constants.push(value)
    return SAME
  }
  if (value instanceof Int16Array) return { kind: 'samples', length: value.length }
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => shapeOf(item, constants)) }
  const fields = Object.values(value).map((item) => shapeOf(item, constants))
  return { kind: 'record', keys: Object.keys(value), fields }
}

function formOf(value: unknown): Form {
  const constants: unknown[] = []
  const shape = shapeOf(value, constants)
  const description = JSON.stringify(shape)
  const known = shared.get(description)
  if (known !== undefined) return { shape: known, constants }
  if (shared.size < MOST_SHARED) shared.set(description, shape)
  return { shape, constants }
}

const ZERO = 48
/** The number after a prefix of `length` characters, as it would be written; NaN where there is another thing. */
function numberAfter(text: string, length: number): number {
  const digits = text.length - length
  if (digits < 1 || digits > 15) return NaN
  let value = 0
  for (let i = length; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) return NaN
    value = 10 * value + digit
  }
  return digits > 1 && text.charCodeAt(length) === ZERO ? NaN : value
}

/** Room for the numbers of some values, or for their samples. */
interface Column<A extends Float64Array | Int16Array> {
  values: A
  length: number
}

function roomFor<A extends Float64Array | Int16Array>(
  column: Column<A>,
  more: number,
  make: (length: number) => A,
): void {
  const wanted = column.length + more
  if (wanted <= column.values.length) return
  const larger = make(Math.max(wanted, 2 * column.values.length, 64))
  larger.set(column.values)
  column.values = larger
}

const float64 = (length: number): Float64Array => new Float64Array(length)
const int16 = (length: number): Int16Array => new Int16Array(length)

export function createPack<T>(): Pack<T> {
  const numbers: Column<Float64Array> = { values: float64(0), length: 0 }
  const samples: Column<Int16Array> = { values: int16(0), length: 0 }
  /** Of each value: its form, and where its numbers and samples begin. */
  const forms: Form[] = []
  const begins: number[] = []
  /** Those that were met, the last one met first: a device sends few kinds of messages in turn. */
  const known: Form[] = []
  /** Which of the form's constants is next. */
  let constant = 0

  const put = (value: number): true => {
    roomFor(numbers, 1, float64)
    numbers.values[numbers.length++] = value
    return true
  }

  /** Takes the numbers of a value as far as it has the form; tells whether it has. */
  const take = (value: unknown, shape: Shape, constants: readonly unknown[]): boolean => {
    switch (shape.kind) {
      case 'number':
        return typeof value === 'number' && put(value)
      case 'same':
        return value === constants[constant++]
      case 'numbered': {
        const prefix = constants[constant++]
        if (typeof value !== 'string' || typeof prefix !== 'string' || !value.startsWith(prefix)) return false
        const number = numberAfter(value, prefix.length)
        return !Number.isNaN(number) && put(number)
      }
      case 'samples':
        if (!(value instanceof Int16Array) || value.length !== shape.length) return false
        roomFor(samples, value.length, int16)
        samples.values.set(value, samples.length)
        samples.length += value.length
        return true
      case 'list':
        if (!Array.isArray(value) || value.length !== shape.items.length) return false
        for (let i = 0; i < shape.items.length; i++)
          if (!take(value[i], shape.items[i] ?? NUMBER, constants)) return false
        return true
      case 'record': {
        if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Int16Array)
          return false
        let at = 0
        for (const key in value) {
          if (shape.keys[at] !== key || !take(Reflect.get(value, key), shape.fields[at] ?? NUMBER, constants))
            return false
          at += 1
        }
        return at === shape.keys.length
      }
    }
  }

  const takeAs = (value: unknown, { shape, constants }: Form): boolean => {
    const [number, sample] = [numbers.length, samples.length]
    constant = 0
    if (take(value, shape, constants)) return true
    numbers.length = number
    samples.length = sample
    return false
  }

  const give = (shape: Shape, from: { number: number; sample: number; constants: Iterator<unknown> }): unknown => {
    switch (shape.kind) {
      case 'same':
        return from.constants.next().value
      case 'number':
        return numbers.values[from.number++]
      case 'numbered':
        return `${String(from.constants.next().value)}${numbers.values[from.number++]}`
      case 'samples':
        return samples.values.slice(from.sample, (from.sample += shape.length))
      case 'list':
        return shape.items.map((item) => give(item, from))
      case 'record': {
        const record: Record<string, unknown> = {}
        for (const [i, key] of shape.keys.entries()) record[key] = give(shape.fields[i] ?? NUMBER, from)
        return record
      }
    }
  }

  const newForm = (value: unknown): Form => {
    const form = formOf(value)
    known.unshift(form)
    if (known.length > MOST_KNOWN) known.pop()
    takeAs(value, form)
    return form
  }

  return {
    get length() {
      return forms.length
    },
    get samples() {
      return samples.length
    },
    add: (value) => {
      begins.push(numbers.length, samples.length)
      forms.push(known.find((form) => takeAs(value, form)) ?? newForm(value))
    },
    at: (index) => {
      const form = forms[index]
      if (form === undefined) throw new RangeError(`there is no value ${index}`)
      const begin = { number: begins[2 * index] ?? 0, sample: begins[2 * index + 1] ?? 0 }
      // Made by its form, it is what was added.
      return give(form.shape, { ...begin, constants: form.constants[Symbol.iterator]() }) as T
    },
    close: () => {
      numbers.values = numbers.values.slice(0, numbers.length)
      samples.values = samples.values.slice(0, samples.length)
    },
  }
}
