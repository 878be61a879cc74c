import { createRandom } from '../score/random.ts'

/** An occluded artery, as the J point it lifts (and lowers) in each lead, mV, when the lead that shows it best is lifted by 1 mV. */
export const SITES = {
  /** Left anterior descending artery: V2 to V4. */
  anterior: { I: 0.15, II: -0.1, V1: 0.35, V2: 0.85, V3: 1, V4: 0.75, V5: 0.35, V6: 0.1 },
  /** Right coronary artery: III more than II, aVL down. */
  inferior: { I: -0.4, II: 0.6, V1: 0, V2: -0.25, V3: -0.2, V4: -0.05, V5: 0.05, V6: 0.1 },
  /** Circumflex artery: V5, V6, I, aVL; III and V1, V2 down. */
  lateral: { I: 0.6, II: 0.1, V1: -0.3, V2: -0.35, V3: -0.1, V4: 0.4, V5: 1, V6: 0.95 },
  /** Back wall: V1 to V3 down, hardly anything up. */
  posterior: { I: 0, II: 0.1, V1: -0.7, V2: -1, V3: -0.9, V4: -0.4, V5: 0.05, V6: 0.15 },
} as const satisfies Record<string, Readonly<Record<string, number>>>
export type Site = keyof typeof SITES

/** The part of an injury that a lead shows; the limb leads follow from I and II (Einthoven, Goldberger). */
export function injuryOf(site: Site, lead: string): number {
  const own: Readonly<Record<string, number>> = SITES[site]
  const [i, ii] = [own.I ?? 0, own.II ?? 0]
  const limb: Readonly<Record<string, number>> = {
    III: ii - i,
    aVR: -(i + ii) / 2,
    aVL: i - ii / 2,
    aVF: ii - i / 2,
  }
  return own[lead] ?? limb[lead] ?? 0
}

/** How the segment goes on from J to the peak of T: upwards bent, straight or downwards bent. */
export const SHAPES = { convex: 0.15, straight: 0, concave: -0.15 } as const
export type Shape = keyof typeof SHAPES

export interface Injury {
  readonly jMv: number
  readonly shape: Shape
}

const RISE_MS = 24

/** Adds the injury to a lead: from the end of each QRS (ms after its mark) a segment that rises to the middle of T and falls to its end. */
export function withInjury(
  samplesMv: Float64Array,
  rateHz: number,
  beatsMs: readonly number[],
  jMs: number,
  { jMv, shape }: Injury,
): Float64Array {
  const result = samplesMv.slice()
  for (const [i, beatMs] of beatsMs.entries()) {
    const rrMs = (beatsMs[i + 1] ?? beatMs + 800) - beatMs
    const peakMs = Math.max(120, 0.32 * Math.sqrt(Math.min(rrMs, 1400) / 1000) * 1000 - jMs)
    const endMs = 1.45 * peakMs
    const from = Math.ceil(((beatMs + jMs - RISE_MS) / 1000) * rateHz)
    const to = Math.floor(((beatMs + jMs + endMs) / 1000) * rateHz)
    for (let k = Math.max(0, from); k <= Math.min(result.length - 1, to); k++) {
      const ms = (k / rateHz) * 1000 - beatMs - jMs
      result[k] = (result[k] ?? 0) + jMv * segment(ms, peakMs, endMs, SHAPES[shape])
    }
  }
  return result
}

/** 1 at J, 1.5 at the peak of T, bent by `bend` between. */
function segment(ms: number, peakMs: number, endMs: number, bend: number): number {
  if (ms < 0) return (1 + Math.cos((Math.PI * ms) / RISE_MS)) / 2
  if (ms >= peakMs) return (1.5 * (1 + Math.cos((Math.PI * (ms - peakMs)) / (endMs - peakMs)))) / 2
  const part = ms / peakMs
  return 1 + 0.5 * part + bend * 4 * part * (1 - part)
}

/** Which injury a record is given: one site and shape by its name, so that all come about equally often. */
export function injuryFor(name: string): { readonly site: Site; readonly shape: Shape } {
  const random = createRandom(`injury ${name}`)
  const sites = Object.keys(SITES).filter((key): key is Site => key in SITES)
  const shapes = Object.keys(SHAPES).filter((key): key is Shape => key in SHAPES)
  return {
    site: sites[random.below(sites.length)] ?? 'anterior',
    shape: shapes[random.below(shapes.length)] ?? 'convex',
  }
}
