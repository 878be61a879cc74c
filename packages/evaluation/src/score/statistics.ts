import { createRandom } from './random.ts'

/** A figure with its 95 % confidence interval. NaN where nothing was counted. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

const Z95 = 1.959963984540054
const BOOTSTRAP_ROUNDS = 1000

/** `hits` of `of` with Wilson's 95 % interval, for trials that are independent of each other. */
export function proportion(hits: number, of: number): Estimate {
  if (of === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN }
  const p = hits / of
  const z2 = Z95 * Z95
  const centre = (p + z2 / (2 * of)) / (1 + z2 / of)
  const half = (Z95 / (1 + z2 / of)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of))
  return { value: p, low: hits === 0 ? 0 : centre - half, high: hits === of ? 1 : centre + half }
}

/** Probability that a Poisson variable of this mean is at most `count`. */
function poissonAtMost(count: number, mean: number): number {
  let term = Math.exp(-mean)
  let sum = term
  for (let k = 1; k <= count; k++) {
    term *= mean / k
    sum += term
  }
  return sum
}

/** Where a falling function crosses `level`. */
function solve(falling: (x: number) => number, level: number, upTo: number): number {
  let [low, high] = [0, upTo]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (falling(middle) > level) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Events per unit with Garwood's exact 95 % interval of a Poisson count (a normal one above 500 events). */
export function rate(events: number, units: number): Estimate {
  if (!(units > 0)) return { value: Number.NaN, low: Number.NaN, high: Number.NaN }
  if (events > 500) {
    const half = Z95 * Math.sqrt(events)
    return { value: events / units, low: (events - half) / units, high: (events + half) / units }
  }
  const upTo = events + 10 * Math.sqrt(events + 1) + 10
  const low = events === 0 ? 0 : solve((mean) => poissonAtMost(events - 1, mean), 0.975, upTo)
  const high = solve((mean) => poissonAtMost(events, mean), 0.025, upTo)
  return { value: events / units, low: low / units, high: high / units }
}

/**
 * A figure of many records with a 95 % interval by resampling whole records (percentile bootstrap, seeded): beats and seconds of one
 * patient are not independent, so that Wilson's interval on them would be far too narrow. With one record there is no interval.
 */
export function ofClusters<T>(clusters: readonly T[], figure: (drawn: readonly T[]) => number, seed: string): Estimate {
  const value = figure(clusters)
  if (clusters.length < 2) return { value, low: Number.NaN, high: Number.NaN }
  const random = createRandom(seed)
  const figures: number[] = []
  for (let round = 0; round < BOOTSTRAP_ROUNDS; round++) {
    const drawn = clusters.flatMap(() => {
      const one = clusters[random.below(clusters.length)]
      return one === undefined ? [] : [one]
    })
    const drawnFigure = figure(drawn)
    if (!Number.isNaN(drawnFigure)) figures.push(drawnFigure)
  }
  figures.sort((a, b) => a - b)
  const quantile = (q: number): number =>
    figures[Math.min(figures.length - 1, Math.floor(q * figures.length))] ?? Number.NaN
  return { value, low: quantile(0.025), high: quantile(0.975) }
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

/** A quotient; NaN of nothing. */
export function share(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : part / whole
}

/** The mean of what is a number. */
export function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return share(
    sum(known, (value) => value),
    known.length,
  )
}
