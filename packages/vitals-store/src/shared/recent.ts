/** A map that remembers its last entries. */
export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/**
 * Remembers the last `count` entries at least, and twice as many at most, in two generations: when the young one is full, the old one goes
 * as a whole. (Deleting the oldest key of one map, one by one, makes V8 step over all that were deleted before it.)
 */
export function createRecent<T>(count: number): Recent<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= count) {
        old = young
        young = new Map()
      }
      young.set(key, value)
    },
  }
}
