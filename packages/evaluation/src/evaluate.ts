import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { annotate, writeAnnotations, writeRecord } from '@pulsewire/wfdb'
import { goalRows } from './report/goals.ts'
import { htmlPage } from './report/page.ts'
import { recordsOf, rowsOf, sectionsOf } from './report/report.ts'
import { speedRows } from './report/speed-rows.ts'
import { delayRows } from './report/delay-rows.ts'
import { markdownTable } from './report/text-table.ts'
import { GROUPS, plan, type Group } from './run/plan.ts'
import type { Job, Result } from './run/jobs.ts'
import { runJobs } from './run/pool.ts'
import { DataError } from './sources/errors.ts'
import { noisyLead } from './tasks/noise-job.ts'
import { measureAlarmDelays } from './tasks/alarm-delays.ts'
import { measureSpeed } from './tasks/speed.ts'

const USAGE = `npm run evaluate [-- --data DIR] [--only ${GROUPS.join(',')}] [--out DIR] [--threads 2] [--every 1] [--write-noisy DIR]

Scores the detection against reference annotations and prints the table of its goals; --out (.artifacts/evaluation) gets results.json and index.html.
--every N takes every Nth record only, to work on the harness: its figures mean nothing.
--write-noisy DIR writes the noisy leads of the noise figures as WFDB records with their annotations, for other tools, and does nothing else.`

function groupsOf(only: string | undefined): Group[] {
  if (only === undefined) return [...GROUPS]
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !GROUPS.some((group) => group === name))
  if (unknown.length > 0) throw new DataError(`--only: no such group: ${unknown.join(', ')} (${GROUPS.join(', ')})`)
  return GROUPS.filter((group) => names.includes(group))
}

function positive(text: string, name: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new DataError(`${name} is not a positive number: ${text}`)
  return value
}

/** The signals of the noise figures as `DIR/RECORD_KIND_DB` (format 16, a microvolt a step) with the reference annotations beside them. */
async function writeNoisy(jobs: readonly Job[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const job of jobs) {
    if (job.kind !== 'noise') continue
    const { rateHz, lead, samplesMv, annotations } = await noisyLead(job)
    const { ref, noise } = job
    const name = `${ref.name}_${noise === undefined ? 'clean' : `${noise.kind}_${noise.snrDb}`}`
    const samples = Int16Array.from(samplesMv, (value) => Math.min(32_767, Math.max(-32_767, Math.round(1000 * value))))
    const signals = [{ name: lead, unit: 'mV', gainPerUnit: 1000, baseline: 0, samples }]
    await writeRecord(directory, { name, rateHz, comments: [], signals })
    await writeAnnotations(join(directory, name), 'atr', annotations)
  }
}

/** The beats of each scored record as `OUT/qrs/DATABASE/RECORD.qrs`. */
async function writeMarks(results: readonly Result[], out: string): Promise<void> {
  for (const result of results) {
    if (result.kind !== 'lead' || result.marks.length === 0) continue
    const directory = join(out, 'qrs', result.ref.database)
    await mkdir(directory, { recursive: true })
    const annotations = result.marks.map(({ sample, beatClass }) => annotate(sample, beatClass))
    await writeAnnotations(join(directory, result.ref.name), 'qrs', annotations)
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: '../shared/data' },
      only: { type: 'string' },
      out: { type: 'string', default: '.artifacts/evaluation' },
      threads: { type: 'string', default: '2' },
      every: { type: 'string', default: '1' },
      'write-noisy': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const groups = groupsOf(values.only)
  const dataDirectory = resolve(values.data)
  const every = positive(values.every, '--every')
  if (values['write-noisy'] !== undefined) {
    await writeNoisy(await plan({ dataDirectory, groups: ['noise'], every }), values['write-noisy'])
    return
  }
  const jobs = await plan({ dataDirectory, groups, every })
  const startedAt = Date.now()
  const results = await runJobs(jobs, positive(values.threads, '--threads'), (done, of) => {
    if (done % 50 === 0 || done === of) console.error(`${done} of ${of}`)
  })
  const rows = await rowsOf(results, groups, dataDirectory)
  if (groups.includes('vf')) rows.push(...delayRows(measureAlarmDelays()))
  if (groups.includes('speed')) rows.push(...speedRows(measureSpeed()))
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`
  const about = `${new Date().toISOString().slice(0, 10)}, ${machine}, ${Math.round((Date.now() - startedAt) / 1000)} s. Records with an odd place (from 0) in the order of their names are those tuned on. Intervals: 95 %, by resampling records (figures of beats and time), Wilson (alarms, records) or Poisson (rates).${every > 1 ? ` ONLY EVERY ${every}th RECORD: not the figures.` : ''}`
  const goals = goalRows(rows, groups)
  console.log(`${about}\n\n## Goals\n\n${markdownTable(goals)}\n\n## All figures\n\n${markdownTable(rows)}`)
  await mkdir(values.out, { recursive: true })
  await writeMarks(results, values.out)
  const slim = results.map((result) => ({ ...result, excerpts: undefined, marks: undefined }))
  await writeFile(
    join(values.out, 'results.json'),
    `${JSON.stringify({ about, groups, goals, rows, results: slim }, undefined, 1)}\n`,
  )
  const page = {
    title: 'Pulsewire: detection against reference annotations',
    about,
    goals,
    rows,
    sections: sectionsOf(results),
    records: recordsOf(results),
  }
  await writeFile(join(values.out, 'index.html'), htmlPage(page))
  console.error(`${join(values.out, 'index.html')} and results.json are written`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof DataError)) throw error
  console.error(`evaluate: ${error.message}`)
  process.exitCode = 1
}
