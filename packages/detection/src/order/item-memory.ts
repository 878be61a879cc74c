import type { CoreItem } from '../types.ts'
import { createPack, type Pack } from './packed.ts'

/** A pack with more than this is followed by another: what is let go is let go by packs. */
const MOST_IN_A_PACK = 512

/** The last items as they came, numbered from the first that ever was. Kept small: they are looked at again only where something comes late. */
export interface ItemMemory {
  /** Number of the first that is still there. */
  readonly base: number
  /** Number of the next one. */
  readonly next: number
  readonly samples: number
  push(item: CoreItem): void
  /** Copies, from number `from` on. */
  from(from: number): CoreItem[]
  /** The following items can be let go apart from those before. */
  cut(): void
  /** Lets those before number `to` go; up to a pack of them may stay for a while. */
  forget(to: number): void
  /** All others go, and these come instead of them. */
  replace(items: readonly CoreItem[]): void
  /** What is there now, to be asked for later, whatever is added or forgotten meanwhile. */
  hold(): () => CoreItem[]
}

interface Part {
  readonly first: number
  readonly pack: Pack<CoreItem>
}

export function createItemMemory(base: number, items: readonly CoreItem[]): ItemMemory {
  let parts: Part[] = []
  let first = base
  let next = base
  /** In all parts but the last. */
  let closedSamples = 0

  const open = (): Part => {
    const last = parts.at(-1)?.pack
    last?.close()
    closedSamples += last?.samples ?? 0
    const part = { first: next, pack: createPack<CoreItem>() }
    parts.push(part)
    return part
  }
  const push = (item: CoreItem): void => {
    let part = parts.at(-1) ?? open()
    if (part.pack.length >= MOST_IN_A_PACK) part = open()
    part.pack.add(item)
    next += 1
  }
  const fill = (all: readonly CoreItem[]): void => {
    parts = []
    next = first
    closedSamples = 0
    for (const item of all) push(item)
  }
  fill(items)

  return {
    get base() {
      return first
    },
    get next() {
      return next
    },
    get samples() {
      return closedSamples + (parts.at(-1)?.pack.samples ?? 0)
    },
    push,
    from: (from) => unpack(parts, from, next),
    cut: () => {
      if ((parts.at(-1)?.pack.length ?? 0) > 0) open()
    },
    forget: (to) => {
      first = Math.max(first, to)
      while (parts[1] !== undefined && parts[1].first <= first) closedSamples -= parts.shift()?.pack.samples ?? 0
    },
    replace: fill,
    hold: () => {
      // Packs only grow: what is in them now stays as it is.
      const [held, from, to] = [[...parts], first, next]
      return () => unpack(held, from, to)
    },
  }
}

function unpack(parts: readonly Part[], from: number, to: number): CoreItem[] {
  const items: CoreItem[] = []
  for (const { first, pack } of parts) {
    const end = Math.min(to - first, pack.length)
    for (let i = Math.max(0, from - first); i < end; i++) items.push(pack.at(i))
  }
  return items
}
