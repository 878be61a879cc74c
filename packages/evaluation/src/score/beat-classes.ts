import type { BeatClass } from '@pulsewire/contracts'
import { flutterSpans, isBeat, matchBeats, type Annotation } from '@pulsewire/wfdb'

/** AAMI EC57 classes of the WFDB beat symbols. */
const CLASSES: Readonly<Record<string, BeatClass>> = {
  N: 'N', L: 'N', R: 'N', B: 'N', e: 'N', j: 'N',
  A: 'S', a: 'S', J: 'S', S: 'S', n: 'S',
  V: 'V', E: 'V', r: 'V',
  F: 'F',
  '/': 'Q', f: 'Q', Q: 'Q', '?': 'Q',
} // prettier-ignore

export function classOf(symbol: string): BeatClass {
  return CLASSES[symbol] ?? 'Q'
}

export interface ClassedBeat {
  readonly sample: number
  readonly beatClass: BeatClass
}

export interface ClassCounts {
  tp: number
  fn: number
  fp: number
}

/** Reference class → found class → beats; `O` = no beat there. */
export type ClassMatrix = Record<BeatClass | 'O', Record<BeatClass | 'O', number>>

const KEYS = ['N', 'S', 'V', 'F', 'Q', 'O'] as const

export function emptyMatrix(): ClassMatrix {
  const row = (): Record<BeatClass | 'O', number> => ({ N: 0, S: 0, V: 0, F: 0, Q: 0, O: 0 })
  return { N: row(), S: row(), V: row(), F: row(), Q: row(), O: row() }
}

/**
 * Beats by class, matched one to one within ±`windowMs`; flutter is left out on both sides (EC57). `O` as reference: a beat that is not
 * there; as found: one that was missed.
 */
export function classMatrix(
  annotations: readonly Annotation[],
  found: readonly ClassedBeat[],
  options: { windowMs: number; rateHz: number },
): ClassMatrix {
  const window = Math.round((options.windowMs / 1000) * options.rateHz)
  const spans = flutterSpans(annotations)
  const isOutside = (sample: number, margin: number): boolean =>
    spans.every(([from, to]) => sample < from - margin || sample > to + margin)
  const reference = annotations.filter(({ symbol, sample }) => isBeat(symbol) && isOutside(sample, 0))
  const detected = found.filter(({ sample }) => isOutside(sample, window))
  const pairs = matchBeats(
    reference.map(({ sample }) => sample),
    detected.map(({ sample }) => sample),
    window,
  )
  const matrix = emptyMatrix()
  const [matchedReference, matchedFound] = [new Set<number>(), new Set<number>()]
  for (const [i, j] of pairs) {
    matrix[classOf(reference[i]?.symbol ?? 'Q')][detected[j]?.beatClass ?? 'Q'] += 1
    matchedReference.add(i)
    matchedFound.add(j)
  }
  for (const [i, { symbol }] of reference.entries()) if (!matchedReference.has(i)) matrix[classOf(symbol)].O += 1
  for (const [j, { beatClass }] of detected.entries()) if (!matchedFound.has(j)) matrix.O[beatClass] += 1
  return matrix
}

export function addMatrices(matrices: readonly ClassMatrix[]): ClassMatrix {
  const total = emptyMatrix()
  for (const matrix of matrices)
    for (const row of KEYS) for (const column of KEYS) total[row][column] += matrix[row][column]
  return total
}

/**
 * Ventricular beats after EC57: a fusion, paced or unclassifiable reference beat that is called ventricular is no false one; a beat
 * where there is none is.
 */
export function ventricularCounts({ N, S, V, O }: ClassMatrix): ClassCounts {
  return { tp: V.V, fn: V.N + V.S + V.F + V.Q + V.O, fp: N.V + S.V + O.V }
}

/** Supraventricular ectopic beats after EC57. */
export function supraventricularCounts({ N, S, V, F, O }: ClassMatrix): ClassCounts {
  return { tp: S.S, fn: S.N + S.V + S.F + S.Q + S.O, fp: N.S + V.S + F.S + O.S }
}
