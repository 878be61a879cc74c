/**
 * Values of one form, kept small: messages of a device differ in their numbers and samples alone, so the form (names, texts, nesting) is kept once, and
 * of each value its numbers. Append-only: what was read of a pack before is still true after more was added.
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

/** A value with its numbers taken out. */
type Form =
  | { readonly kind: 'number' }
  | { readonly kind: 'same'; readonly value: unknown }
  /** A text that ends in a number, as a place in the log does. */
  | { readonly kind: 'numbered'; readonly prefix: string }
  | { readonly kind: 'samples'; readonly length: number }
  | { readonly kind: 'list'; readonly items: readonly Form[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly fields: readonly Form[] }

const NUMBER: Form = { kind: 'number' }
/** Forms that are looked at again; a device that never says the same twice is kept as it speaks. */
const MOST_KNOWN = 16
const NUMBERED = /^(.*\/)(0|[1-9]\d{0,14})$/

const numberAfter = (text: string, prefix: string): number => {
  if (!text.startsWith(prefix)) return NaN
  const value = Number(text.slice(prefix.length))
  return Number.isSafeInteger(value) && value >= 0 && `${prefix}${value}` === text ? value : NaN
}

function formOf(value: unknown): Form {
  if (typeof value === 'number') return NUMBER
  const prefix = typeof value === 'string' ? NUMBERED.exec(value)?.[1] : undefined
  if (prefix !== undefined) return { kind: 'numbered', prefix }
  if (typeof value !== 'object' || value === null) return { kind: 'same', value }
  if (value instanceof Int16Array) return { kind: 'samples', length: value.length }
  if (Array.isArray(value)) return { kind: 'list', items: value.map(formOf) }
  return { kind: 'record', keys: Object.keys(value), fields: Object.values(value).map(formOf) }
}

function hasForm(value: unknown, form: Form): boolean {
  switch (form.kind) {
    case 'number':
      return typeof value === 'number'
    case 'same':
      return value === form.value
    case 'numbered':
      return typeof value === 'string' && !Number.isNaN(numberAfter(value, form.prefix))
    case 'samples':
      return value instanceof Int16Array && value.length === form.length
    case 'list':
      if (!Array.isArray(value) || value.length !== form.items.length) return false
      for (let i = 0; i < form.items.length; i++) if (!hasForm(value[i], form.items[i] ?? NUMBER)) return false
      return true
    case 'record': {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Int16Array)
        return false
      let at = 0
      for (const key in value) {
        if (form.keys[at] !== key || !hasForm(Reflect.get(value, key), form.fields[at] ?? NUMBER)) return false
        at += 1
      }
      return at === form.keys.length
    }
  }
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

  const addNumber = (value: number): void => {
    roomFor(numbers, 1, float64)
    numbers.values[numbers.length++] = value
  }
  /** Of a value that has the form. */
  const take = (value: unknown, form: Form): void => {
    if (typeof value === 'number') addNumber(value)
    else if (form.kind === 'numbered' && typeof value === 'string') addNumber(numberAfter(value, form.prefix))
    else if (value instanceof Int16Array) {
      roomFor(samples, value.length, int16)
      samples.values.set(value, samples.length)
      samples.length += value.length
    } else if (form.kind === 'list' && Array.isArray(value)) {
      for (let i = 0; i < form.items.length; i++) take(value[i], form.items[i] ?? NUMBER)
    } else if (form.kind === 'record' && typeof value === 'object' && value !== null) {
      for (let i = 0; i < form.keys.length; i++) take(Reflect.get(value, form.keys[i] ?? ''), form.fields[i] ?? NUMBER)
    }
  }

  const give = (form: Form, from: { number: number; sample: number }): unknown => {
    switch (form.kind) {
      case 'same':
        return form.value
      case 'number':
        return numbers.values[from.number++]
      case 'numbered':
        return `${form.prefix}${numbers.values[from.number++]}`
      case 'samples':
        return samples.values.slice(from.sample, (from.sample += form.length))
      case 'list':
        return form.items.map((item) => give(item, from))
      case 'record': {
        const record: Record<string, unknown> = {}
        for (const [i, key] of form.keys.entries()) record[key] = give(form.fields[i] ?? NUMBER, from)
        return record
      }
    }
  }

  return {
    get length() {
      return forms.length
    },
    get samples() {
      return samples.length
    },
    add: (value) => {
      let form = known.find((each) => hasForm(value, each))
      if (form === undefined) {
        known.unshift((form = formOf(value)))
        if (known.length > MOST_KNOWN) known.pop()
      }
      forms.push(form)
      begins.push(numbers.length, samples.length)
      take(value, form)
    },
    at: (index) => {
      const form = forms[index]
      if (form === undefined) throw new RangeError(`there is no value ${index}`)
      // Made by its form, it is what was added.
      return give(form, { number: begins[2 * index] ?? 0, sample: begins[2 * index + 1] ?? 0 }) as T
    },
    close: () => {
      numbers.values = numbers.values.slice(0, numbers.length)
      samples.values = samples.values.slice(0, samples.length)
    },
  }
}
