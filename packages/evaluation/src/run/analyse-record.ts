import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { annotate, readRecord, WfdbError, writeAnnotations, type WfdbRecord } from '@pulsewire/wfdb'
import { comparisonLines, comparisonText, compareRings, ringsOf } from '@pulsewire/detection'
import type { RuleSet } from '@pulsewire/contracts'
import { contextOf, patientOfComments } from './patient.ts'
import { coursesOf, FIRST_SAMPLE_MS, runChain } from './whole-chain.ts'

export interface AnalyseOptions {
  readonly outDirectory: string
  /** Only this signal of the record is analysed; all that the device contract has where absent. */
  readonly signal?: string
  /** Candidate rules to compare with those in force. */
  readonly compare?: RuleSet
}

export interface AnalysedRecord {
  readonly record: string
  readonly beats: number
  readonly findings: number
  readonly alarms: number
  /** What the candidate would have changed, in words. */
  readonly comparison?: string
}

/**
 * Runs the whole chain on a WFDB record (path without extension) and writes, in the output directory,
 * `RECORD.qrs` (WFDB annotations: R peaks with their classes, AAMI N S V F Q), `RECORD.findings.jsonl` (the last word on each finding, one
 * a line, in the contract's form) and `RECORD.alarms.jsonl` (each alarm event); with candidate rules
 * `RECORD.shadow.jsonl` (what rings under both, or under one alone). Seconds since the first sample stand beside the times.
 */
export async function analyseRecord(path: string, options: AnalyseOptions): Promise<AnalysedRecord> {
  const { outDirectory, signal, compare } = options
  const stem = path.replace(/\.(hea|dat|mat|atr)$/, '')
  const name = basename(stem)
  const record = await readRecord(stem, { severalRates: true })
  if (signal !== undefined && !record.signals.some(({ name }) => name === signal)) {
    const names = record.signals.map(({ name }) => name).join(', ')
    throw new WfdbError('WFDB_UNSUPPORTED', `${name} has no signal ${signal}: it has ${names}`)
  }
  await mkdir(outDirectory, { recursive: true })
  const chain = {
    context: contextOf(patientOfComments(record.comments)),
    ...(signal === undefined ? {} : { signals: [signal] }),
  }
  const { beats, findings, alarms } = runChain(record, chain)
  const base = join(outDirectory, name)
  const marks = beats.map(({ timeMs, beatClass }) => annotate(sampleOf(timeMs, record), beatClass))
  await writeAnnotations(base, 'qrs', marks)
  const last = new Map(findings.map((finding) => [finding.id, finding]))
  const courses = new Map(coursesOf(findings).map((course) => [course.id, course]))
  const told = [...last.values()].map((finding) => {
    const { fromS, toS, highFromS } = courses.get(finding.id) ?? {}
    return { onsetS: rounded(fromS), untilS: rounded(toS), highFromS: rounded(highFromS), ...finding }
  })
  await writeFile(`${base}.findings.jsonl`, jsonLines(told))
  const events = alarms.map((event) => ({ atS: rounded((event.at - FIRST_SAMPLE_MS) / 1000), ...event }))
  await writeFile(`${base}.alarms.jsonl`, jsonLines(events))
  const analysed = { record: name, beats: marks.length, findings: told.length, alarms: events.length }
  if (compare === undefined) return analysed
  const candidate = runChain(record, { ...chain, rules: compare })
  const comparison = compareRings(ringsOf(findings), ringsOf(candidate.findings))
  await writeFile(`${base}.shadow.jsonl`, comparisonLines(comparison))
  return { ...analysed, comparison: comparisonText(compare.name, comparison, FIRST_SAMPLE_MS) }
}

function sampleOf(timeMs: number, { rateHz }: WfdbRecord): number {
  return Math.round(((timeMs - FIRST_SAMPLE_MS) / 1000) * rateHz)
}

function rounded(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000) / 1000
}

function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}
