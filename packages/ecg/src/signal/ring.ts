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
