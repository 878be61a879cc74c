import { LEADS, project, type Lead, type Vector } from './leads.ts'
import type { Random } from './random.ts'

/** One event on the limit cycle: a Gaussian, with its own width before and after its peak, along one direction. */
export interface Wave {
  /** Relative to the R peak, seconds. */
  readonly centreS: number
  readonly beforeS: number
  readonly afterS: number
  readonly vector: Vector
}

/** A plateau with soft edges: the ST segment that an injury current lifts. */
export interface Plateau {
  readonly fromS: number
  readonly toS: number
  readonly vector: Vector
}

export type BeatKind = 'N' | 'V'

/** One heart beat, at its R peak. */
export interface Beat {
  readonly timeS: number
  readonly kind: BeatKind
  /** The RR interval before it, seconds. */
  readonly rrS: number
  /** The atria contracted (no P in atrial fibrillation). */
  readonly hasP: boolean
  readonly stAnteriorMv: number
  readonly stInferiorMv: number
  /** The thorax with the breath at this moment. */
  readonly gain: number
  /** Stroke relative to a normal beat: 0 moves no blood. */
  readonly stroke: number
}

/** How this patient's heart lies. */
export interface Anatomy {
  readonly gain: number
  readonly tGain: number
}

export function anatomyOf(random: Random): Anatomy {
  return { gain: random.between(0.85, 1.15), tGain: random.between(0.85, 1.15) }
}

const scaled = (vector: Vector, by: number): Vector => [vector[0] * by, vector[1] * by, vector[2] * by]

/** The least of what some leads see of a direction: 1 mV of injury lifts each of them by 1 mV at least. */
function normalised(direction: Vector, leads: readonly Lead[]): Vector {
  return scaled(direction, 1 / Math.min(...leads.map((lead) => project(lead, direction))))
}

/** Injury of the anterior wall points to the front; the inferior leads see its mirror image. */
const ANTERIOR_INJURY = normalised([0.1, -0.12, -0.2], [LEADS.V2, LEADS.V3, LEADS.V4])
/** Injury of the inferior wall points to the feet; I and aVL see its mirror image. */
const INFERIOR_INJURY = normalised([-0.08, 0.3, 0.08], [LEADS.II, LEADS.III, LEADS.aVF])

/** Time constants after McSharry et al. 2003, table 1, in time instead of angle: QRS keeps its width, QT follows the root of RR. */
function normalWaves(beat: Beat, anatomy: Anatomy): Wave[] {
  const stretch = Math.sqrt(Math.min(Math.max(beat.rrS, 0.35), 1.4))
  const waves: Wave[] = [
    { centreS: -0.022, beforeS: 0.007, afterS: 0.007, vector: [-0.12, -0.06, -0.12] },
    { centreS: 0, beforeS: 0.01, afterS: 0.01, vector: [1, 0.85, 0.35] },
    { centreS: 0.024, beforeS: 0.009, afterS: 0.008, vector: [-0.15, -0.18, 0.45] },
    {
      centreS: 0.31 * stretch,
      beforeS: 0.052 * stretch,
      afterS: 0.034 * stretch,
      vector: scaled([0.28, 0.2, -0.14], anatomy.tGain),
    },
  ]
  if (beat.hasP) {
    const prS = 0.095 + 0.05 * stretch
    waves.push({ centreS: -prS, beforeS: 0.02, afterS: 0.018, vector: [0.13, 0.1, -0.02] })
  }
  return waves
}

/** A beat from a ventricle: wide (about 160 ms), without P, with T against QRS. */
function ventricularWaves(beat: Beat): Wave[] {
  const stretch = Math.sqrt(Math.min(Math.max(beat.rrS, 0.3), 1))
  return [
    { centreS: 0, beforeS: 0.024, afterS: 0.024, vector: [-0.5, 1.2, -0.6] },
    { centreS: 0.056, beforeS: 0.02, afterS: 0.02, vector: [0.4, -0.6, 0.3] },
    { centreS: 0.32 * stretch, beforeS: 0.06 * stretch, afterS: 0.045 * stretch, vector: [0.25, -0.45, 0.25] },
  ]
}

export function wavesOf(beat: Beat, anatomy: Anatomy): Wave[] {
  const waves = beat.kind === 'N' ? normalWaves(beat, anatomy) : ventricularWaves(beat)
  const gain = anatomy.gain * beat.gain
  return waves.map((wave) => ({ ...wave, vector: scaled(wave.vector, gain) }))
}

/** The lifted ST segment, from the J point into the T wave, or `undefined` where nothing is injured. */
export function plateauOf(beat: Beat): Plateau | undefined {
  if (beat.stAnteriorMv === 0 && beat.stInferiorMv === 0) return undefined
  const anterior = scaled(ANTERIOR_INJURY, beat.stAnteriorMv)
  const inferior = scaled(INFERIOR_INJURY, beat.stInferiorMv)
  const stretch = Math.sqrt(Math.min(Math.max(beat.rrS, 0.35), 1.4))
  return {
    fromS: 0.034,
    toS: 0.36 * stretch,
    vector: [anterior[0] + inferior[0], anterior[1] + inferior[1], anterior[2] + inferior[2]],
  }
}
