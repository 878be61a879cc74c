import type { LatestValue } from '../live/messages.ts'

/** How long a value may stand as current, and how long it is worth showing (grey, with its age), ms. */
interface Lifetime {
  currentMs: number
  shownMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const CONTINUOUS: Lifetime = { currentMs: 15 * SECOND, shownMs: 5 * MINUTE }
const SPOT: Lifetime = { currentMs: 30 * MINUTE, shownMs: 6 * HOUR }
const BY_HAND: Lifetime = { currentMs: 4 * HOUR, shownMs: 24 * HOUR }

/** [K] Lifetimes by code: what is measured beat by beat is old after seconds, a cuff's reading after half an hour. */
const LIFETIMES: Record<string, Lifetime> = {
  systolic: SPOT,
  diastolic: SPOT,
  meanArterial: SPOT,
  temperature: { currentMs: 15 * MINUTE, shownMs: 6 * HOUR },
  glucose: { currentMs: 15 * MINUTE, shownMs: 4 * HOUR },
  consciousness: BY_HAND,
  supplementalOxygen: BY_HAND,
  painScore: BY_HAND,
  news2: { currentMs: HOUR, shownMs: 12 * HOUR },
}

export function lifetimeOf(code: string): Lifetime {
  return LIFETIMES[code] ?? CONTINUOUS
}

/** Measured all the time: an old one says nothing of now. */
export function isContinuous(code: string): boolean {
  return lifetimeOf(code) === CONTINUOUS
}

export type Freshness = 'current' | 'old' | 'missing'

/** Whether a value may be shown as current, as old, or not at all. A value from the future (a clock off) counts as of now. */
export function freshnessOf(code: string, value: LatestValue | undefined, nowMs: number): Freshness {
  if (!value) return 'missing'
  const age = nowMs - value.time
  const lifetime = lifetimeOf(code)
  if (age <= lifetime.currentMs) return 'current'
  return age <= lifetime.shownMs ? 'old' : 'missing'
}

/** An age in the shortest words: `8 s`, `4 min`, `2 h`, `3 d`. */
export function ageText(ageMs: number): string {
  const age = Math.max(0, ageMs)
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`
  if (age < 24 * HOUR) return `${Math.floor(age / HOUR)} h`
  return `${Math.floor(age / (24 * HOUR))} d`
}
