/** A set of integers, kept as sorted, disjoint, non-adjacent intervals with both ends included: small where few are missing. */
export class IntervalSet {
  readonly #from: number[] = []
  readonly #to: number[] = []

  get intervals(): (readonly [number, number])[] {
    return this.#from.map((from, index) => [from, this.#to[index] ?? from] as const)
  }

  has(value: number): boolean {
    const index = this.#indexAtOrBefore(value)
    return index >= 0 && value <= (this.#to[index] ?? -Infinity)
  }

  /** Adds `[from, to]`, joining what touches it. */
  add(from: number, to: number = from): void {
    // The first interval that touches or comes after `from`, and the first one wholly after `to`.
    const before = this.#indexAtOrBefore(from)
    const first = before >= 0 && from <= (this.#to[before] ?? -Infinity) + 1 ? before : before + 1
    const end = this.#indexAtOrBefore(to + 1) + 1
    if (end <= first) {
      this.#from.splice(first, 0, from)
      this.#to.splice(first, 0, to)
      return
    }
    const low = Math.min(from, this.#from[first] ?? from)
    const high = Math.max(to, this.#to[end - 1] ?? to)
    this.#from.splice(first, end - first, low)
    this.#to.splice(first, end - first, high)
  }

  /** What is missing between the lowest and the highest. */
  gaps(): (readonly [number, number])[] {
    return this.#from.slice(1).map((from, index) => [(this.#to[index] ?? from) + 1, from - 1] as const)
  }

  /** The last interval that begins at `value` or before, −1 where there is none. */
  #indexAtOrBefore(value: number): number {
    let low = 0
    let high = this.#from.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#from[middle] ?? Infinity) <= value) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
