/** Calls things back when they are due, in ticks: what is not due costs nothing, however much of it there is. */
export interface DueWheel<T> {
  /** `atMs` on the clock of `run`. */
  add(item: T, atMs: number): void
  /** Hands out what is due at `nowMs`; `handle` may add again. */
  run(nowMs: number, handle: (item: T) => void): void
}

export function createDueWheel<T>(tickMs: number): DueWheel<T> {
  const slots = new Map<number, T[]>()
  let next: number | undefined

  return {
    add(item, atMs) {
      // Late ones go into the slot that comes next.
      const slot = Math.max(Math.ceil(atMs / tickMs), next ?? -Infinity)
      const items = slots.get(slot)
      if (items === undefined) slots.set(slot, [item])
      else items.push(item)
    },
    run(nowMs, handle) {
      const last = Math.floor(nowMs / tickMs)
      next ??= Math.min(last, ...slots.keys())
      while (next <= last) {
        const slot = next
        next += 1
        const items = slots.get(slot)
        slots.delete(slot)
        if (items !== undefined) for (const item of items) handle(item)
      }
    },
  }
}
