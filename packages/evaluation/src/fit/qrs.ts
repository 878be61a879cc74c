import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { probeQrs, QRS_FEATURES } from '@pulsewire/ecg'
import { flutterSpans, isBeat, readAnnotations, type Annotation } from '@pulsewire/wfdb'
import { figureLead, listRecords, openRecord, physical } from '../sources/databases.ts'
import { noisyLead } from '../tasks/noise-job.ts'
import { fitLogistic, outOfFold, type Sample } from './logistic.ts'

/** What is fitted on beside the clean records: the noises of the evaluation, and the other lead of each record with less weight. */
const NOISES = [
  { kind: 'wander', snrDb: 12 },
  { kind: 'muscle', snrDb: 6 },
  { kind: 'electrode', snrDb: 12 },
  { kind: 'electrode', snrDb: 6 },
] as const
const OTHER_LEAD = 0.5
/** Beats that are not of the usual kinds weigh more: they are rare, and the ones that must not be missed. */
const RARE_BEAT = 8
const USUAL = new Set(['N', 'L', 'R'])
const NEAR_S = 0.13
const BESIDE_S = 0.16
/** Of what is common one in so many is taken, with so much more weight. */
const THINNED = 4
const FOLDS = 4

/** A peak is a complex where it is the largest near a beat of the reference; the others beside a beat, and those in flutter, teach nothing. */
function samplesOf(
  samplesMv: Float64Array,
  rateHz: number,
  annotations: readonly Annotation[],
  group: string,
  weight: number,
): Sample[] {
  // prettier-ignore
  const peaks = probeQrs(samplesMv, rateHz)
  const beats = annotations.filter(({ symbol }) => isBeat(symbol))
  const labels = peaks.map(() => ({ isBeside: false, symbol: '' }))
  let from = 0
  for (const { sample, symbol } of beats) {
    while ((peaks[from]?.sample ?? Infinity) < sample - BESIDE_S * rateHz) from += 1
    let best = -1
    for (let i = from; (peaks[i]?.sample ?? Infinity) <= sample + BESIDE_S * rateHz; i++) {
      const label = labels[i]
      if (label !== undefined) label.isBeside = true
      const isNear = Math.abs((peaks[i]?.sample ?? 0) - sample) <= NEAR_S * rateHz
      if (isNear && (peaks[i]?.value ?? 0) > (peaks[best]?.value ?? 0)) best = i
    }
    const label = labels[best]
    if (label !== undefined) label.symbol = symbol
  }
  const flutter = flutterSpans(annotations)
  return peaks.flatMap(({ sample, features, noisiness }, i) => {
    const { isBeside, symbol } = labels[i] ?? { isBeside: true, symbol: '' }
    const isPositive = symbol !== ''
    const inFlutter = flutter.some(([a, b]) => sample > a - BESIDE_S * rateHz && sample < b + BESIDE_S * rateHz)
    if ((isBeside && !isPositive) || inFlutter) return []
    const isRare = isPositive && !USUAL.has(symbol)
    if (!isRare && i % THINNED !== 0) return []
    // Two sets of weights, of a quiet and of a noisy lead, fitted as one regression.
    const both = [...features.map((value) => (1 - noisiness) * value), noisiness, ...features.map((value) => noisiness * value)] // prettier-ignore
    return [{ features: both, isPositive, weight: weight * (isRare ? RARE_BEAT : THINNED), group }]
  })
}

function told(samples: readonly Sample[], probabilities: readonly number[]): string {
  const right = (isPositive: boolean): string => {
    const own = samples.flatMap((sample, i) => sample.isPositive === isPositive ? [(probabilities[i] ?? 0) >= 0.5] : []) // prettier-ignore
    return `${((100 * own.filter((said) => said === isPositive).length) / own.length).toFixed(2)} % of ${own.length}`
  }
  return `  complexes ${right(true)}, other peaks ${right(false)}`
}

/**
 * Weights of `packages/ecg/src/qrs/qrs-odds.ts`, on all records of mitdb at hand. The peaks are judged as the detector that is built now
 * sees them (its levels and shapes come from its own decisions), so a fit after a change of the detector is run twice.
 */
export async function fitQrs(dataDirectory: string, packages: string): Promise<void> {
  const samples: Sample[] = []
  for (const ref of await listRecords(dataDirectory, 'mitdb')) {
    const record = await openRecord(ref)
    const annotations = await readAnnotations(ref.path, 'atr')
    const lead = figureLead(record)
    for (const signal of record.signals)
      samples.push(...samplesOf(physical(signal), record.rateHz, annotations, ref.name, signal === lead ? 1 : OTHER_LEAD)) // prettier-ignore
    for (const noise of NOISES) {
      const noisy = await noisyLead({ ref, noise })
      samples.push(...samplesOf(noisy.samplesMv, noisy.rateHz, noisy.annotations, ref.name, 1))
    }
  }
  const { intercept, weights } = fitLogistic(samples)
  const size = QRS_FEATURES.length
  const rounded = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(2))).join(', ')
  const quiet = [intercept, ...weights.slice(0, size)]
  const noisy = [intercept + (weights[size] ?? 0), ...weights.slice(size + 1)]
  process.stdout.write(
    `${['peaks judged one by one, at odds of 1; out of fold, patients left out:', told(samples, outOfFold(samples, FOLDS)), 'weights (quiet | noisy):', `  bias ${quiet[0]?.toFixed(2)} | ${noisy[0]?.toFixed(2)}`, ...QRS_FEATURES.map((name, i) => `  ${name} ${quiet[i + 1]?.toFixed(2)} | ${noisy[i + 1]?.toFixed(2)}`)].join('\n')}\n`, // prettier-ignore
  )
  await writeFile(
    join(packages, 'ecg/src/qrs/qrs-weights.ts'),
    `/** Written by \`npm run fit -- qrs\`. Weights of a quiet and of a noisy lead: bias, ${QRS_FEATURES.join(', ')}. */
export const QRS_WEIGHTS: { readonly quiet: readonly number[]; readonly noisy: readonly number[] } = {
  quiet: [${rounded(quiet)}],
  noisy: [${rounded(noisy)}],
}
`,
  )
}
