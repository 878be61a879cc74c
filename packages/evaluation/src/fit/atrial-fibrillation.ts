import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ATRIAL_FEATURES, createEcgAnalyzer } from '@pulsewire/ecg'
import { readAnnotations } from '@pulsewire/wfdb'
import { figureLead, lengthOf, listRecords, openRecord, physical, type RecordRef } from '../sources/databases.ts'
import { readChallenge2017 } from '../sources/labels.ts'
import { atrialFibrillationSpans } from '../sources/rhythm-labels.ts'
import { overlapS } from '../score/spans.ts'
import { balanced, fitLogistic, outOfFold, type Sample } from './logistic.ts'

const DATABASES = ['mitdb', 'cpsc2021', 'challenge-2017'] as const
const FOLDS = 5
/** A window is fibrillation where so much of it is, by the reference; and none where less than the rest is. What lies between teaches nothing. */
const CLEARLY = 0.8

type Unweighted = Omit<Sample, 'weight'>

/** The patient: records of cpsc2021 are `data_PATIENT_NUMBER`. */
function groupOf({ database, name }: RecordRef): string {
  return `${database}/${database === 'cpsc2021' ? name.split('_')[1] : name}`
}

async function samplesOf(ref: RecordRef, labels: ReadonlyMap<string, string>): Promise<Unweighted[]> {
  const record = await openRecord(ref)
  const { rateHz } = record
  const lead = figureLead(record)
  const lengthS = lengthOf(record)
  const whole = { fromS: 0, toS: lengthS }
  const { yes, undecided } =
    ref.database === 'challenge-2017'
      ? { yes: labels.get(ref.name) === 'A' ? [whole] : [], undecided: [] }
      : atrialFibrillationSpans(await readAnnotations(ref.path, 'atr'), rateHz, lengthS)
  const samples: Unweighted[] = []
  const analyzer = createEcgAnalyzer({
    rateHz,
    lead: lead.name,
    probe: (detector, features, fromMs, toMs) => {
      if (detector !== 'atrial-fibrillation') return
      const window = { fromS: fromMs / 1000, toS: toMs / 1000 }
      const part = yes.reduce((sum, span) => sum + overlapS(span, window), 0) / (window.toS - window.fromS)
      const isUndecided = undecided.some((span) => overlapS(span, window) > 0) || (part > 1 - CLEARLY && part < CLEARLY)
      if (!isUndecided) samples.push({ features: [...features], isPositive: part >= CLEARLY, group: groupOf(ref) })
    },
  })
  analyzer.push(0, physical(lead))
  return samples
}

function told(samples: readonly Sample[], probabilities: readonly number[]): string {
  return DATABASES.map((database) => {
    const own = samples.flatMap(({ group, isPositive }, i) =>
      group.startsWith(`${database}/`) ? [{ isPositive, found: (probabilities[i] ?? 0) >= 0.5 }] : [],
    )
    const right = (isPositive: boolean): string => {
      const of = own.filter((one) => one.isPositive === isPositive)
      return `${((100 * of.filter(({ found }) => found === isPositive).length) / of.length).toFixed(2)} of ${of.length}`
    }
    return `  ${database}: Se ${right(true)}, Sp ${right(false)}`
  }).join('\n')
}

/** Weights of `packages/ecg/src/rhythm/atrial-model.ts`, on the tuned half of the three databases, each of the same weight. */
export async function fitAtrialFibrillation(dataDirectory: string, packages: string): Promise<void> {
  const labels = await readChallenge2017(dataDirectory)
  const all: { tuned: boolean; samples: Unweighted[] }[] = []
  for (const database of DATABASES) {
    for (const ref of await listRecords(dataDirectory, database)) {
      all.push({ tuned: ref.tuned, samples: await samplesOf(ref, labels) })
    }
  }
  const weightedOf = (tuned?: boolean): Sample[] =>
    balanced(
      all.filter((record) => tuned === undefined || record.tuned === tuned).flatMap(({ samples }) => samples),
      ({ group }) => group.split('/')[0] ?? '',
    )
  const tunedHalf = weightedOf(true)
  const model = fitLogistic(tunedHalf)
  const weights = model.weights.map((weight) => Number(weight.toFixed(4)))
  const intercept = Number(model.intercept.toFixed(4))
  process.stdout.write(
    `${[
      'windows of 24 beats that are fibrillation, or not, at probability 0.5',
      'out of fold, patients of the tuned half:',
      told(tunedHalf, outOfFold(tunedHalf, FOLDS)),
      'out of fold, all patients:',
      told(weightedOf(), outOfFold(weightedOf(), FOLDS)),
      'weights per standard deviation (tuned half | all):',
      ...ATRIAL_FEATURES.map((name, i) => `  ${name} ${[model, fitLogistic(weightedOf())].map(({ standardised }) => standardised[i]?.toFixed(2)).join(' | ')}`), // prettier-ignore
    ].join('\n')}\n`,
  )
  await writeFile(
    join(packages, 'ecg/src/rhythm/atrial-weights.ts'),
    `/** Written by \`npm run fit -- atrial-fibrillation\`. Order: ${ATRIAL_FEATURES.join(', ')}. */
export const ATRIAL_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: ${intercept},
  weights: [${weights.join(', ')}],
}
`,
  )
}
