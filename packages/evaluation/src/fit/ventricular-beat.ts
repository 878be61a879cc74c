import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEcgAnalyzer, VENTRICULAR_FEATURES } from '@pulsewire/ecg'
import { flutterSpans, isBeat, matchBeats, readAnnotations } from '@pulsewire/wfdb'
import { figureLead, listRecords, openRecord, physical, type RecordRef } from '../sources/databases.ts'
import { classOf } from '../score/beat-classes.ts'
import { fitLogistic, outOfFold, type Sample } from './logistic.ts'

const WINDOW_S = 0.15
/** Paced records say nothing of beats of the heart's own. */
const PACED: ReadonlySet<string> = new Set(['102', '104', '107', '217'])
/** Beats that are neither teach nothing. */
const TEACHING = 'NSV'
/** Beats much like the normal ones are many: every so-manieth stands for the others. */
const ALIKE = 1
const EVERY = 8

interface Taught extends Sample {
  readonly tuned: boolean
}

/** What the model is given for each beat of a record, with its class by the reference; `O` where there is none. */
async function beatsOf(ref: RecordRef): Promise<{ features: number[]; of: string }[]> {
  const record = await openRecord(ref)
  const { rateHz } = record
  const lead = figureLead(record)
  const found: { sample: number; features: number[] }[] = []
  const analyzer = createEcgAnalyzer({
    rateHz,
    lead: lead.name,
    probe: (what, features, atMs) => {
      if (what === 'ventricular-beat')
        found.push({ sample: Math.round((atMs * rateHz) / 1000), features: [...features] })
    },
  })
  analyzer.push(0, physical(lead))
  const annotations = await readAnnotations(ref.path, 'atr')
  const window = Math.round(WINDOW_S * rateHz)
  const spans = flutterSpans(annotations)
  const isOutside = (sample: number): boolean =>
    spans.every(([from, to]) => sample < from - window || sample > to + window)
  const reference = annotations.filter(({ symbol, sample }) => isBeat(symbol) && isOutside(sample))
  const detected = found.filter(({ sample }) => isOutside(sample))
  const pairs = matchBeats(
    reference.map(({ sample }) => sample),
    detected.map(({ sample }) => sample),
    window,
  )
  const symbolOf = new Map(pairs.map(([i, j]) => [j, reference[i]?.symbol ?? '?']))
  return detected.map(({ features }, j) => {
    const symbol = symbolOf.get(j)
    return { features, of: symbol === undefined ? 'O' : classOf(symbol) }
  })
}

async function samplesOf(ref: RecordRef): Promise<Taught[]> {
  const beats = (await beatsOf(ref)).filter(({ of }) => TEACHING.includes(of))
  const kept = beats.flatMap(({ features, of }, i) => {
    const isPositive = of === 'V'
    const isAlike = !isPositive && (features[0] ?? 0) < ALIKE
    return isAlike && i % EVERY !== 0 ? [] : [{ features, isPositive, stands: isAlike ? EVERY : 1 }]
  })
  const ofClass = (isPositive: boolean): number =>
    kept.reduce((sum, sample) => sum + (sample.isPositive === isPositive ? sample.stands : 0), 0)
  // A record with four times the beats counts twice: many beats of one patient are much alike.
  return kept.map(({ features, isPositive, stands }) => {
    return { features, isPositive, group: ref.name, tuned: ref.tuned, weight: stands / Math.sqrt(ofClass(isPositive)) }
  })
}

/** Sensitivity and predictivity of beats that are there; beats that were missed, or invented, are not counted. */
function told(samples: readonly Taught[], probabilities: readonly number[], least: number): string {
  let [tp, fp, fn] = [0, 0, 0]
  for (const [i, { isPositive, features }] of samples.entries()) {
    const found = (probabilities[i] ?? 0) >= least
    const stands = !isPositive && (features[0] ?? 0) < ALIKE ? EVERY : 1
    if (isPositive && found) tp += 1
    else if (isPositive) fn += 1
    else if (found) fp += stands
  }
  return `Se ${((100 * tp) / (tp + fn)).toFixed(2)}, +P ${((100 * tp) / (tp + fp)).toFixed(2)} (FP ${fp}, FN ${fn})`
}

/**
 * Weights of `packages/ecg/src/beats/ventricular-model.ts`, on all records of mitdb that are not paced: patients with ventricular beats
 * are few, so that the figures to go by are those out of fold, each record judged by what the others taught.
 */
export async function fitVentricularBeat(dataDirectory: string, packages: string): Promise<void> {
  const samples: Taught[] = []
  for (const ref of await listRecords(dataDirectory, 'mitdb')) {
    if (!PACED.has(ref.name)) samples.push(...(await samplesOf(ref)))
  }
  const model = fitLogistic(samples)
  const probabilities = outOfFold(samples, new Set(samples.map(({ group }) => group)).size)
  const half = (tuned: boolean, least: number): string => {
    const own = samples.map((sample, i) => ({ sample, p: probabilities[i] ?? 0 })).filter(({ sample }) => sample.tuned === tuned) // prettier-ignore
    return told(own.map(({ sample }) => sample), own.map(({ p }) => p), least) // prettier-ignore
  }
  const lines = [0.3, 0.4, 0.5, 0.6, 0.7].map(
    (least) => `  at ${least}: ${told(samples, probabilities, least)}; tuned half ${half(true, least)}; the other ${half(false, least)}`, // prettier-ignore
  )
  const records = [...new Set(samples.map(({ group }) => group))].flatMap((name) => {
    const own = samples.map((sample, i) => ({ sample, p: probabilities[i] ?? 0 })).filter(({ sample }) => sample.group === name) // prettier-ignore
    return `  ${name}: ${told(own.map(({ sample }) => sample), own.map(({ p }) => p), 0.5)}` // prettier-ignore
  })
  process.stdout.write(
    `${[
      'ventricular beats, each record by a model of the others:',
      ...lines,
      'records at 0.5:',
      ...records,
      'weights per standard deviation:',
      ...VENTRICULAR_FEATURES.map((name, i) => `  ${name} ${model.standardised[i]?.toFixed(2)}`),
    ].join('\n')}\n`,
  )
  await writeFile(
    join(packages, 'ecg/src/beats/ventricular-weights.ts'),
    `/** Written by \`npm run fit -- ventricular-beat\`. Order: ${VENTRICULAR_FEATURES.join(', ')}. */
export const VENTRICULAR_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: ${Number(model.intercept.toFixed(4))},
  weights: [${model.weights.map((weight) => Number(weight.toFixed(4))).join(', ')}],
}
`,
  )
}
