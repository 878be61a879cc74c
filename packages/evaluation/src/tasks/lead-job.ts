import type { BeatClass } from '@pulsewire/contracts'
import {
  beatSamples,
  flutterSpans,
  isBeat,
  matchBeats,
  readAnnotations,
  scoreBeats,
  type Annotation,
} from '@pulsewire/wfdb'
import { figureLead, lengthOf, openRecord, physical, type RecordRef } from '../sources/databases.ts'
import { atrialFibrillationSpans, fibrillationSpans, rhythmSpans, spansOf } from '../sources/rhythm-labels.ts'
import { excerptOf, type Excerpt } from '../run/excerpt.ts'
import { analyseLead, spansOfRhythm, type LeadFindings } from '../run/single-lead.ts'
import { classMatrix, classOf, type ClassMatrix } from '../score/beat-classes.ts'
import {
  lengthS as lengthOfSpans,
  merged,
  overlapS,
  scoreDurations,
  windows,
  without,
  type DurationScore,
  type WindowVerdict,
} from '../score/spans.ts'

/** One lead of a record, its whole length, and every figure that its reference allows. */
export interface LeadJob {
  readonly kind: 'lead'
  readonly ref: RecordRef
}

export interface BeatCounts {
  readonly tp: number
  readonly fp: number
  readonly fn: number
}

export interface FibrillationFigures {
  readonly verdicts: readonly WindowVerdict[]
  readonly exact: boolean
  /** With ventricular tachycardia on both sides (what a defibrillator is for), where the database labels it. */
  readonly withTachycardia?: readonly WindowVerdict[]
  /** Those windows that the reference does not call ventricular tachycardia. */
  readonly withoutTachycardia: readonly WindowVerdict[]
  /** Windows that were called fibrillation wrongly, by the rhythm label that most of them has. */
  readonly falseIn: Readonly<Record<string, number>>
}

export interface LeadResult {
  readonly kind: 'lead'
  readonly ref: RecordRef
  readonly lead: string
  readonly lengthS: number
  /** Where the reference has beats. */
  readonly beats?: {
    readonly within150: BeatCounts
    readonly within50: BeatCounts
    readonly classes: ClassMatrix
    readonly isPaced: boolean
  }
  /** What we found where the reference has beats: written as an annotation file, so that other tools can score it too. */
  readonly marks: LeadFindings['beats']
  /** Where the reference has rhythms or the record is known to have none. */
  readonly atrialFibrillation?: DurationScore
  /** Share of the record in which atrial fibrillation was found. */
  readonly atrialFibrillationShare: number
  readonly fibrillation?: FibrillationFigures
  readonly excerpts: readonly Excerpt[]
}

const WINDOW_MS = 150
const NARROW_WINDOW_MS = 50
const FIBRILLATION_WINDOW_S = 8
const STRIP_S = 10
const MAX_STRIPS = 2
/** A record is paced where the reference has so many paced beats; EC57 leaves it out of beat classes (102, 104, 107 and 217 of mitdb). */
const PACED_BEATS = 20
const WITH_BEATS: ReadonlySet<string> = new Set(['mitdb', 'nstdb'])
const WITH_FIBRILLATION: ReadonlySet<string> = new Set(['mitdb', 'vfdb', 'cudb'])

export async function runLead({ ref }: LeadJob): Promise<LeadResult> {
  const record = await openRecord(ref)
  const { rateHz } = record
  const lead = figureLead(record)
  const findings = analyseLead(physical(lead), rateHz, lead.name)
  const lengthS = lengthOf(record)
  const { database } = ref
  const annotations = database === 'mitdb' || database === 'nstdb' || database === 'cpsc2021' ? await readAnnotations(ref.path, 'atr') : [] // prettier-ignore
  const errorsS = WITH_BEATS.has(database) ? beatErrors(annotations, findings, rateHz) : []
  const base = { kind: 'lead', ref, lead: lead.name, lengthS } as const
  const said = spansOfRhythm(findings, 'atrial-fibrillation')
  const result: LeadResult = {
    ...base,
    marks: WITH_BEATS.has(database) ? findings.beats : [],
    atrialFibrillationShare: lengthOfSpans(merged(said)) / lengthS,
    excerpts: strips(errorsS).map((fromS) =>
      excerptOf(
        record,
        { fromS, toS: fromS + STRIP_S, signals: [lead.name], title: `${database}/${ref.name} ${lead.name}`, errorsS },
        annotations.filter(({ symbol }) => isBeat(symbol) || symbol === '[' || symbol === ']').map(({ sample, symbol }) => ({ atS: sample / rateHz, text: symbol })), // prettier-ignore
        findings.beats.map(({ sample, beatClass }) => ({ atS: sample / rateHz, text: beatClass })),
      ),
    ),
  }
  return {
    ...result,
    ...(WITH_BEATS.has(database) ? { beats: beatFigures(annotations, findings.beats, rateHz) } : {}),
    ...(database === 'mitdb' || database === 'cpsc2021'
      ? { atrialFibrillation: atrialFigures(annotations, said, rateHz, lengthS) }
      : {}),
    ...(WITH_FIBRILLATION.has(database)
      ? { fibrillation: await fibrillationFigures(ref, findings, rateHz, lengthS) }
      : {}),
  }
}

/** Beats of a lead by the standard rules; flutter is left out on both sides. */
export function beatFigures(
  annotations: readonly Annotation[],
  found: readonly { readonly sample: number; readonly beatClass: BeatClass }[],
  rateHz: number,
): NonNullable<LeadResult['beats']> {
  const samples = found.map(({ sample }) => sample)
  const counts = (windowMs: number): BeatCounts => {
    const { tp, fp, fn } = scoreBeats(annotations, samples, { windowMs, rateHz })
    return { tp, fp, fn }
  }
  return {
    within150: counts(WINDOW_MS),
    within50: counts(NARROW_WINDOW_MS),
    classes: classMatrix(annotations, found, { windowMs: WINDOW_MS, rateHz }),
    isPaced: annotations.filter(({ symbol }) => symbol === '/').length >= PACED_BEATS,
  }
}

function atrialFigures(
  annotations: readonly Annotation[],
  said: readonly { readonly fromS: number; readonly toS: number }[],
  rateHz: number,
  lengthS: number,
): DurationScore {
  const { yes, undecided } = atrialFibrillationSpans(annotations, rateHz, lengthS)
  return scoreDurations(yes, said, without([{ fromS: 0, toS: lengthS }], undecided))
}

async function fibrillationFigures(
  ref: RecordRef,
  findings: LeadFindings,
  rateHz: number,
  lengthS: number,
): Promise<FibrillationFigures> {
  const { spans, exact } = await fibrillationSpans(ref, rateHz, lengthS)
  const said = spansOfRhythm(findings, 'ventricular-fibrillation')
  const verdicts = windows(spans, said, lengthS, FIBRILLATION_WINDOW_S)
  if (ref.database === 'cudb') return { exact, verdicts, withoutTachycardia: verdicts, falseIn: {} }
  const labels = rhythmSpans(await readAnnotations(ref.path, 'atr'), rateHz, lengthS)
  const falseIn: Record<string, number> = {}
  for (const { fromS, reference, found } of verdicts) {
    if (reference || !found) continue
    const window = { fromS, toS: fromS + FIBRILLATION_WINDOW_S }
    const label = labels.toSorted((a, b) => overlapS(b, window) - overlapS(a, window))[0]?.label ?? 'no label'
    falseIn[label] = (falseIn[label] ?? 0) + 1
  }
  const tachycardia = spansOf(labels, 'VT')
  const withTachycardia = windows(
    [...spans, ...tachycardia],
    [...said, ...spansOfRhythm(findings, 'ventricular-tachycardia')],
    lengthS,
    FIBRILLATION_WINDOW_S,
  )
  const isTachycardia = windows(tachycardia, [], lengthS, FIBRILLATION_WINDOW_S).map(({ reference }) => reference)
  const withoutTachycardia = verdicts.filter(({ reference }, i) => reference || isTachycardia[i] !== true)
  return { exact, verdicts, withTachycardia, withoutTachycardia, falseIn }
}

/** Where beats are missed, invented, or called ventricular (or not) wrongly; seconds. */
function beatErrors(annotations: readonly Annotation[], { beats }: LeadFindings, rateHz: number): number[] {
  const window = Math.round((WINDOW_MS / 1000) * rateHz)
  const spans = flutterSpans(annotations)
  const isOutside = (sample: number): boolean =>
    spans.every(([from, to]) => sample < from - window || sample > to + window)
  const reference = annotations.filter(({ symbol, sample }) => isBeat(symbol) && isOutside(sample))
  const found = beats.filter(({ sample }) => isOutside(sample))
  const pairs = matchBeats(
    beatSamples(reference),
    found.map(({ sample }) => sample),
    window,
  )
  const matchedReference = new Map(pairs)
  const matchedFound = new Set(pairs.map(([, j]) => j))
  const wrong = [
    ...reference.filter(({ symbol }, i) => {
      const j = matchedReference.get(i)
      return j === undefined || (classOf(symbol) === 'V') !== (found[j]?.beatClass === 'V')
    }),
    ...found.filter((_, j) => !matchedFound.has(j)),
  ]
  return wrong.map(({ sample }) => sample / rateHz).toSorted((a, b) => a - b)
}

/** Starts of the strips with the most errors, the worst first. */
function strips(errorsS: readonly number[]): number[] {
  const starts: number[] = []
  let left = [...errorsS]
  while (left.length > 0 && starts.length < MAX_STRIPS) {
    const countFrom = (fromS: number): number => left.filter((atS) => atS >= fromS && atS < fromS + STRIP_S - 1).length
    const best = left.reduce((most, atS) => (countFrom(atS) > countFrom(most) ? atS : most))
    const fromS = Math.max(0, best - 1)
    starts.push(fromS)
    left = left.filter((atS) => atS < fromS || atS >= fromS + STRIP_S)
  }
  return starts
}
