import { PulsewireError } from '@pulsewire/contracts'

/**
 * The first of `offered` that an Accept header takes, by its weights; the first offered where the header is missing.
 * Throws PW_NOT_ACCEPTABLE where none fits.
 */
export function negotiate<T extends string>(accept: string | undefined, offered: readonly [T, ...T[]]): T {
  if (accept === undefined || accept.trim() === '') return offered[0]
  const ranges = accept.split(',').map(parseRange)
  let best: { type: T; weight: number } | undefined
  for (const type of offered) {
    const weight = weightOf(type, ranges)
    if (weight > 0 && (best === undefined || weight > best.weight)) best = { type, weight }
  }
  if (best === undefined) throw new PulsewireError('PW_NOT_ACCEPTABLE', `there is ${offered.join(', ')}`)
  return best.type
}

interface MediaRange {
  readonly type: string
  readonly weight: number
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = q === undefined ? 1 : Number(q.slice(2))
  return { type, weight: Number.isFinite(weight) ? Math.min(1, Math.max(0, weight)) : 0 }
}

/** The most specific range counts (RFC 9110, 12.5.1). */
function weightOf(type: string, ranges: readonly MediaRange[]): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`
  for (const wanted of [type, group, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === wanted)
    if (range !== undefined) return range.weight
  }
  return 0
}
