/** A seeded source of randomness: the same seed gives the same patient, sample by sample. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Standard normal. */
  normal(): number
  /** Uniform in [from, to). */
  between(from: number, to: number): number
  /** An independent stream: drawing from one never moves another. */
  fork(name: string): Random
}

/** FNV-1a over the text: the start of a stream. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index)
    value = Math.imul(value, 0x01000193)
  }
  return value >>> 0
}

/** Mulberry32 (public domain, T. Ettinger): 32 bits of state, good enough for noise, and the same on every machine. */
export function createRandom(seed: number | string): Random {
  const root = String(seed)
  let state = hash(root)
  let spare: number | undefined
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    const angle = 2 * Math.PI * next()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  return {
    next,
    normal,
    between: (from, to) => from + (to - from) * next(),
    fork: (name) => createRandom(`${root}/${name}`),
  }
}
