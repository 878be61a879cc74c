/** The last samples of a signal, addressed by their number since the start. */
export interface Ring {
  readonly values: Float32Array
  /** Number of the next sample. */
  next: number
}

/** A ring that holds at least `length` samples (a power of two). */
export function createRing(length: number): Ring {
  return { values: new Float32Array(2 ** Math.ceil(Math.log2(Math.max(2, length)))).fill(NaN), next: 0 }
}

export function put(ring: Ring, value: number): void {
  ring.values[ring.next & (ring.values.length - 1)] = value
  ring.next += 1
}

/** Sample number `index`; NaN where it is not (or no longer) there. */
export function at(ring: Ring, index: number): number {
  if (index < 0 || index >= ring.next || index < ring.next - ring.values.length) return NaN
  return ring.values[index & (ring.values.length - 1)] ?? NaN
}

/** Copies the samples from number `first` on into `target`, NaN where they are not (or no longer) there: to be looked at without `at`. */
export function copyWindow(ring: Ring, first: number, target: Float32Array | Float64Array): void {
  const { values, next } = ring
  const oldest = Math.max(0, next - values.length)
  const from = Math.min(Math.max(first, oldest), next)
  const to = Math.max(from, Math.min(first + target.length, next))
  const mask = values.length - 1
  target.fill(NaN, 0, Math.min(target.length, from - first))
  for (let index = from; index < to; index++) target[index - first] = values[index & mask] ?? NaN
  if (to - first < target.length) target.fill(NaN, Math.max(0, to - first))
}
