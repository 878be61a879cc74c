import type { Parameters } from './parameters.ts'
import type { Random } from './random.ts'
import type { Beat } from './waves.ts'

/** Decides when the heart beats. */
export interface RhythmSource {
  /** The beats after the last call with an R peak before `untilS`. */
  advance(untilS: number, parameters: Parameters, rateBpm: number, breathAt: (timeS: number) => number): Beat[]
}

/** Mayer waves: the slow part of the RR spectrum (Task Force 1996: LF 0.04–0.15 Hz). */
const LF_HZ = 0.095
/** Standard deviation of the slow and of the breathing part of RR, as parts of RR, at `rrVariability` 1. */
const LF_DEPTH = 0.025
const HF_DEPTH = 0.03

/**
 * RR intervals after McSharry et al. 2003: mean from the rate, a slow wave and the breath's wave on it, a little noise. Premature
 * ventricular beats come early and are followed by a compensatory pause; atrial fibrillation is irregular without memory.
 */
export function createRhythm(random: Random): RhythmSource {
  let lastS: number | undefined
  let lfPhase = random.between(0, 2 * Math.PI)
  let pauseNext = false
  let nextIsPremature = false
  let nextS = random.between(0.2, 0.8)

  const sinusRr = (meanS: number, parameters: Parameters, breath: number): number => {
    // the more the heart is driven, the less it varies
    const depth = parameters.rrVariability * Math.min(1.3, meanS / 0.85) ** 2
    return meanS * (1 + depth * (LF_DEPTH * Math.sin(lfPhase) + HF_DEPTH * breath + 0.006 * random.normal()))
  }

  const nextInterval = (parameters: Parameters, meanS: number, breath: number): { rrS: number; premature: boolean } => {
    if (parameters.rhythm === 'ventricular-tachycardia') {
      return { rrS: meanS * (1 + 0.012 * random.normal()), premature: false }
    }
    if (parameters.rhythm === 'atrial-fibrillation') {
      const spread = 1 + 0.22 * random.normal()
      return { rrS: meanS * Math.min(1.8, Math.max(0.55, spread)), premature: false }
    }
    const rrS = sinusRr(meanS, parameters, breath)
    if (pauseNext) {
      pauseNext = false
      return { rrS: rrS * 1.38, premature: false }
    }
    const premature = random.next() < (parameters.ectopyPerMinute * meanS) / 60
    if (premature) pauseNext = true
    return { rrS: premature ? rrS * 0.62 : rrS, premature }
  }

  return {
    advance(untilS, parameters, rateBpm, breathAt) {
      const beats: Beat[] = []
      if (parameters.rhythm === 'ventricular-fibrillation' || parameters.rhythm === 'asystole') {
        nextS = Math.max(nextS, untilS)
        lastS = Math.max(lastS ?? 0, untilS - 1)
        return beats
      }
      const meanS = 60 / Math.max(20, rateBpm)
      while (nextS < untilS) {
        const rrS = lastS === undefined ? meanS : Math.max(0.2, nextS - lastS)
        const ventricular = nextIsPremature || parameters.rhythm === 'ventricular-tachycardia'
        beats.push({
          timeS: nextS,
          kind: ventricular ? 'V' : 'N',
          rrS,
          hasP: !ventricular && parameters.rhythm === 'sinus',
          stAnteriorMv: ventricular ? 0 : parameters.stAnteriorMv,
          stInferiorMv: ventricular ? 0 : parameters.stInferiorMv,
          gain: 1 + 0.04 * breathAt(nextS),
          stroke: (ventricular ? 0.45 : 1) * Math.min(1.2, Math.max(0.25, rrS / 0.8) ** 0.4),
        })
        lastS = nextS
        const interval = nextInterval(parameters, meanS, breathAt(nextS))
        nextIsPremature = interval.premature
        lfPhase += 2 * Math.PI * LF_HZ * interval.rrS * (1 + 0.1 * random.normal())
        nextS += interval.rrS
      }
      return beats
    },
  }
}
