import { listRecords, type Database, type RecordRef } from '../sources/databases.ts'
import { DataError } from '../sources/errors.ts'
import { readChallenge2017, readChallengeAlarms } from '../sources/labels.ts'
import { NOISES } from '../model/noise.ts'
import { SNRS_DB } from '../report/beat-rows.ts'
import { QUALITY_NOISES, QUALITY_SNRS_DB } from '../report/quality-rows.ts'
import { DISTURBANCES } from '../report/together-rows.ts'
import { COURSE_NAMES } from '../model/courses.ts'
import { stCases } from '../tasks/st-job.ts'
import { MISHAPS, type Mishap } from '../model/mishaps.ts'
import type { Job } from './jobs.ts'

/** The groups of figures, as `--only` names them. */
export const GROUPS = [
  'qrs',
  'noise',
  'quality',
  'beats',
  'af',
  'vf',
  'vt-alarms',
  'pulse',
  'st',
  'infarction',
  'false-alarms',
  'speed',
] as const
export type Group = (typeof GROUPS)[number]

/** Which databases a group needs, and how it goes through them. */
const LEADS: Readonly<Partial<Record<Group, readonly Database[]>>> = {
  qrs: ['mitdb', 'nstdb'],
  beats: ['mitdb'],
  af: ['mitdb', 'cpsc2021', 'challenge-2017'],
  vf: ['mitdb', 'vfdb', 'cudb'],
}
const CHAINS: Readonly<Partial<Record<Group, readonly Database[]>>> = {
  vf: ['mitdb', 'vfdb', 'cudb'],
  'vt-alarms': ['challenge-2015'],
  pulse: ['challenge-2015', 'mimicdb', 'mimicdb-041', 'mimic2wdb-s25047'],
  'false-alarms': ['mitdb', 'vfdb', 'cpsc2021'],
}
const TWELVE_LEADS: Readonly<Partial<Record<Group, readonly Database[]>>> = {
  infarction: ['ptbxl', 'challenge-2021', 'ptbdb'],
}
const NOISE_RECORDS: ReadonlySet<string> = new Set(['bw', 'em', 'ma'])
const COURSE_PATIENTS = 8
const ST_SNR_DB = 20

export interface PlanOptions {
  readonly dataDirectory: string
  readonly groups: readonly Group[]
  /** Of each database only every so-manieth record: for work on the harness itself. */
  readonly every: number
}

/** All jobs of some groups. Data that is missing for any of them is an error. */
export async function plan({ dataDirectory, groups, every }: PlanOptions): Promise<Job[]> {
  const databases = (of: Readonly<Partial<Record<Group, readonly Database[]>>>): Database[] => [
    ...new Set(groups.flatMap((group) => of[group] ?? [])),
  ]
  const noise = groups.includes('noise')
  const needed = new Set([
    ...databases(LEADS),
    ...databases(CHAINS),
    ...databases(TWELVE_LEADS),
    ...(noise ? (['mitdb', 'nstdb'] as const) : []),
    ...(groups.includes('quality') ? (['mitdb'] as const) : []),
  ])
  const records = new Map<Database, RecordRef[]>()
  for (const database of needed) {
    const all = await listRecords(dataDirectory, database)
    await checkLabels(dataDirectory, database, all)
    records.set(
      database,
      all.filter(({ name }, i) => !(database === 'nstdb' && NOISE_RECORDS.has(name)) && i % every === 0),
    )
  }
  const refs = (of: readonly Database[]): RecordRef[] => of.flatMap((database) => records.get(database) ?? [])
  const mishapsOf = (database: Database): readonly Mishap[] =>
    database === 'mitdb' && groups.includes('false-alarms') ? MISHAPS : []
  const jobs: Job[] = [
    ...refs(databases(CHAINS)).map((ref): Job => ({
      kind: 'chain',
      ref,
      dataDirectory,
      mishaps: mishapsOf(ref.database),
    })),
    ...refs(databases(LEADS)).map((ref): Job => ({ kind: 'lead', ref })),
    ...refs(databases(TWELVE_LEADS)).map((ref): Job => ({ kind: 'twelve-lead', ref, dataDirectory })),
  ]
  if (noise) {
    for (const ref of refs(['mitdb'])) {
      jobs.push({ kind: 'noise', ref })
      for (const kind of NOISES) for (const snrDb of SNRS_DB) jobs.push({ kind: 'noise', ref, noise: { kind, snrDb } })
    }
  }
  if (groups.includes('quality')) {
    for (const ref of refs(['mitdb'])) {
      for (const kind of QUALITY_NOISES) for (const snrDb of QUALITY_SNRS_DB) jobs.push({ kind: 'quality', ref, noise: { kind, snrDb } }) // prettier-ignore
    }
  }
  if (groups.includes('qrs')) {
    for (const ref of refs(['mitdb'])) {
      jobs.push({ kind: 'together', ref })
      for (const disturbance of DISTURBANCES) jobs.push({ kind: 'together', ref, disturbance })
    }
  }
  if (groups.includes('st')) {
    for (const stCase of stCases()) jobs.push({ kind: 'st', stCase }, { kind: 'st', stCase, snrDb: ST_SNR_DB })
    for (const course of COURSE_NAMES) {
      for (let seed = 0; seed < COURSE_PATIENTS; seed++) jobs.push({ kind: 'course', course, seed })
    }
  }
  return jobs
}

/** Records of the challenges are labelled in a table: one that is not in it could not be scored. */
async function checkLabels(dataDirectory: string, database: Database, refs: readonly RecordRef[]): Promise<void> {
  if (database !== 'challenge-2015' && database !== 'challenge-2017') return
  const labels = await (database === 'challenge-2015' ? readChallengeAlarms : readChallenge2017)(dataDirectory)
  const missing = refs.filter(({ name }) => !labels.has(name)).map(({ name }) => name)
  if (missing.length > 0) throw new DataError(`${database}: no label of ${missing.slice(0, 20).join(', ')}`)
}
