import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FIBRILLATION_FEATURES, probeFibrillation } from '@pulsewire/ecg'
import { beatSamples, readAnnotations } from '@pulsewire/wfdb'
import { modelledNoise, withNoise } from '../model/noise.ts'
import { overlapS, type Span } from '../score/spans.ts'
import { figureLead, lengthOf, listRecords, openRecord, physical, type RecordRef } from '../sources/databases.ts'
import { fibrillationSpans, rhythmSpans, spansOf } from '../sources/rhythm-labels.ts'
import { fitLogistic, outOfFold, type Sample } from './logistic.ts'

/** Where there is fibrillation; and recordings without, half of them noisy, of which every other window is taken. */
const FIBRILLATION = ['vfdb', 'cudb', 'mitdb'] as const
const WITHOUT = ['challenge-2015', 'challenge-2017', 'cpsc2021', 'nstdb'] as const
const FOLDS = 8
/** A window is what so much of it is; what lies between teaches nothing. */
const CLEARLY = 0.95
const NOISY_S = 300
const NOISE_DB = [6, 0]
const RARELY_S = 4

type Unweighted = Omit<Sample, 'weight'>

interface Truth {
  readonly fibrillation: readonly Span[]
  /**
   * Ventricular tachycardia teaches nothing either way: most of what vfdb labels so (427, 614, 423, 602, 422) cannot be told from what
   * it labels as fibrillation, also by a regression that is fitted to do it.
   */
  readonly tachycardia: readonly Span[]
}

function samplesOf(samplesMv: Float64Array, rateHz: number, everyS: number, group: string, truth: Truth): Unweighted[] {
  return probeFibrillation(samplesMv, rateHz, everyS).flatMap((window) => {
    const part = (spans: readonly Span[]): number =>
      spans.reduce((sum, span) => sum + overlapS(span, window), 0) / (window.toS - window.fromS)
    const fibrillation = part(truth.fibrillation)
    const isClear = fibrillation >= CLEARLY || (fibrillation <= 1 - CLEARLY && part(truth.tachycardia) === 0)
    return isClear ? [{ features: window.values, isPositive: fibrillation >= CLEARLY, group }] : []
  })
}

async function ofRecord(ref: RecordRef): Promise<Unweighted[]> {
  const { database, path, name } = ref
  const record = await openRecord(ref)
  const { rateHz } = record
  const samplesMv = physical(figureLead(record))
  const group = `${database}/${name}`
  const isAmong = FIBRILLATION.some((one) => one === database)
  if (!isAmong) return samplesOf(samplesMv, rateHz, RARELY_S, group, { fibrillation: [], tachycardia: [] })
  const lengthS = lengthOf(record)
  const { spans: fibrillation } = await fibrillationSpans(ref, rateHz, lengthS)
  if (database === 'cudb') return samplesOf(samplesMv, rateHz, 1, group, { fibrillation, tachycardia: [] })
  const annotations = await readAnnotations(path, 'atr')
  const tachycardia = spansOf(rhythmSpans(annotations, rateHz, lengthS), 'VT')
  const samples = samplesOf(samplesMv, rateHz, 1, group, { fibrillation, tachycardia })
  if (database === 'vfdb' || fibrillation.length > 0) return samples
  const start = samplesMv.subarray(0, NOISY_S * rateHz)
  const beats = beatSamples(annotations).filter((beat) => beat < start.length)
  for (const kind of ['muscle', 'electrode'] as const) {
    const noise = modelledNoise(kind, name, rateHz, start.length)
    for (const snrDb of NOISE_DB) {
      const noisy = withNoise(start, beats, noise, snrDb, rateHz)
      samples.push(...samplesOf(noisy, rateHz, RARELY_S, group, { fibrillation: [], tachycardia: [] }))
    }
  }
  return samples
}

/** A class of a record weighs as the root of its windows; the two classes weigh in all as 1 to 2. */
function weighted(samples: readonly Unweighted[]): Sample[] {
  const keyOf = ({ group, isPositive }: Unweighted): string => `${group} ${isPositive}`
  const counts = new Map<string, number>()
  for (const sample of samples) counts.set(keyOf(sample), (counts.get(keyOf(sample)) ?? 0) + 1)
  const ofClass = (isPositive: boolean): number =>
    [...counts].reduce((sum, [key, n]) => sum + (key.endsWith(` ${isPositive}`) ? Math.sqrt(n) : 0), 0)
  const totals = { yes: 2 * ofClass(true), no: ofClass(false) }
  return samples.map((sample) => {
    const own = 1 / Math.sqrt(counts.get(keyOf(sample)) ?? 1)
    return { ...sample, weight: own / (sample.isPositive ? totals.yes : totals.no) }
  })
}

function told(samples: readonly Sample[], probabilities: readonly number[]): string {
  return [...FIBRILLATION, ...WITHOUT]
    .map((database) => {
      const own = samples.flatMap(({ group, isPositive }, i) =>
        group.startsWith(`${database}/`) ? [{ isPositive, found: (probabilities[i] ?? 0) >= 0.5 }] : [],
      )
      const right = (isPositive: boolean): string => {
        const of = own.filter((one) => one.isPositive === isPositive)
        const share = (100 * of.filter(({ found }) => found === isPositive).length) / of.length
        return of.length === 0 ? 'none' : `${share.toFixed(2)} of ${of.length}`
      }
      return `  ${database}: Se ${right(true)}, Sp ${right(false)}`
    })
    .join('\n')
}

/**
 * Weights of `packages/ecg/src/rhythm/fibrillation-weights.ts`. Patients with fibrillation are few: fitted on all records, and the
 * figures that are printed are those of patients left out, for all and for the held-out half when fitted on the tuned one.
 */
export async function fitVentricularFibrillation(dataDirectory: string, packages: string): Promise<void> {
  const all: Unweighted[] = []
  const tunedGroups = new Set<string>()
  for (const database of [...FIBRILLATION, ...WITHOUT]) {
    for (const ref of await listRecords(dataDirectory, database)) {
      if (database === 'nstdb' && !ref.name.startsWith('118')) continue
      if (ref.tuned) tunedGroups.add(`${database}/${ref.name}`)
      all.push(...(await ofRecord(ref)))
    }
  }
  const samples = weighted(all)
  const tuned = weighted(all.filter(({ group }) => tunedGroups.has(group)))
  const model = fitLogistic(samples)
  const tunedModel = fitLogistic(tuned)
  process.stdout.write(
    `${[
      'windows of 4 s that are ventricular fibrillation or flutter, or not, at probability 0.5',
      `out of fold, all ${new Set(all.map(({ group }) => group)).size} patients, ${FOLDS} folds:`,
      told(samples, outOfFold(samples, FOLDS)),
      'out of fold, the tuned half:',
      told(tuned, outOfFold(tuned, FOLDS)),
      'weights per standard deviation (all | tuned half):',
      ...FIBRILLATION_FEATURES.map((name, i) => `  ${name} ${[model, tunedModel].map(({ standardised }) => standardised[i]?.toFixed(2)).join(' | ')}`), // prettier-ignore
    ].join('\n')}\n`,
  )
  await writeFile(
    join(packages, 'ecg/src/rhythm/fibrillation-weights.ts'),
    `/** Written by \`npm run fit -- ventricular-fibrillation\`. Order: ${FIBRILLATION_FEATURES.join(', ')}. */
export const FIBRILLATION_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: ${Number(model.intercept.toFixed(4))},
  weights: [${model.weights.map((weight) => Number(weight.toFixed(4))).join(', ')}],
}
`,
  )
}
