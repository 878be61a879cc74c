import { type PaperScale, timeMsOf, xMmOf } from './scale.ts'

/** Two legs in time and, in the lane of one signal, two levels of its value. Either may be the earlier or the higher one. */
export interface Calipers {
  readonly aMs: number
  readonly bMs: number
  /** The lane that the levels stand in. */
  readonly signal: string
  readonly aLevel: number
  readonly bLevel: number
}

/** A part that can be taken hold of and moved. */
export type CaliperPart = 'aMs' | 'bMs' | 'aLevel' | 'bLevel'

export interface Measure {
  readonly intervalMs: number
  /** What that interval is as a rate; `undefined` for no interval at all. */
  readonly perMinute: number | undefined
  readonly amplitude: number
}

export function measure({ aMs, bMs, aLevel, bLevel }: Calipers): Measure {
  const intervalMs = Math.abs(bMs - aMs)
  return {
    intervalMs,
    perMinute: intervalMs > 0 ? 60_000 / intervalMs : undefined,
    amplitude: Math.abs(bLevel - aLevel),
  }
}

/** `812 ms · 74/min · 1.12 mV` */
export function measureText(calipers: Calipers, unit: string): string {
  const { intervalMs, perMinute, amplitude } = measure(calipers)
  const digits = unit === 'mV' ? 2 : 1
  return [
    `${Math.round(intervalMs)} ms`,
    ...(perMinute === undefined ? [] : [`${perMinute < 1000 ? Math.round(perMinute) : '> 999'}/min`]),
    `${amplitude.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`,
  ].join(' · ')
}

/** The calipers with one part moved, held inside the paper. */
export function moved(calipers: Calipers, part: CaliperPart, to: number, fromMs: number, toMs: number): Calipers {
  const isTime = part === 'aMs' || part === 'bMs'
  return { ...calipers, [part]: isTime ? Math.min(toMs, Math.max(fromMs, to)) : to }
}

/** Both legs moved by the same time, held inside the paper as they are. */
export function shifted(calipers: Calipers, byMs: number, fromMs: number, toMs: number): Calipers {
  const [first, last] = [Math.min(calipers.aMs, calipers.bMs), Math.max(calipers.aMs, calipers.bMs)]
  const by = Math.min(toMs - last, Math.max(fromMs - first, byMs))
  return { ...calipers, aMs: calipers.aMs + by, bMs: calipers.bMs + by }
}

/** Closer than this, lines could not be told apart, mm. */
const CLOSEST_MM = 1

/**
 * Marching out: the interval repeated in both directions over `[fromMs, toMs]`, the legs themselves left out. What falls beside the lines
 * is irregular. Nothing where the lines would be too close to be told apart.
 */
export function marchOut(calipers: Calipers, fromMs: number, toMs: number, scale: PaperScale): number[] {
  const { intervalMs } = measure(calipers)
  if (xMmOf(intervalMs, 0, scale) < CLOSEST_MM) return []
  const first = Math.min(calipers.aMs, calipers.bMs)
  const lines: number[] = []
  for (let k = Math.ceil((fromMs - first) / intervalMs); first + k * intervalMs <= toMs; k += 1) {
    if (k !== 0 && k !== 1) lines.push(first + k * intervalMs)
  }
  return lines
}

/** The place of a leg after a drag that ends at `xMm` of a paper that begins at `fromMs`; to the millisecond. */
export function legAt(xMm: number, fromMs: number, scale: PaperScale): number {
  return Math.round(timeMsOf(xMm, fromMs, scale))
}

/** Calipers on the two neighbouring beats in the middle of a paper, or on its middle third where there are none. */
export function suggested(
  beatsMs: readonly number[],
  fromMs: number,
  toMs: number,
  lane: { readonly signal: string; readonly level: number; readonly amplitude: number },
): Calipers {
  const middle = (fromMs + toMs) / 2
  const next = beatsMs.findIndex((time) => time >= middle)
  const [a, b] = [beatsMs[next - 1], beatsMs[next]]
  const third = (toMs - fromMs) / 3
  const levels = { signal: lane.signal, aLevel: lane.level, bLevel: lane.level + lane.amplitude }
  if (a === undefined || b === undefined || b - a > toMs - fromMs) {
    return { ...levels, aMs: Math.round(fromMs + third), bMs: Math.round(fromMs + 2 * third) }
  }
  return { ...levels, aMs: Math.round(a), bMs: Math.round(b) }
}
