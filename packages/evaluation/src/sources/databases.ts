import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MISSING, filesOfRecord, readHeader, readMat, readRecord, recordNames, type WfdbRecord } from '@pulsewire/wfdb'
import { parseCsv } from './csv.ts'
import { DataError } from './errors.ts'

export const DATABASES = [
  'mitdb',
  'nstdb',
  'vfdb',
  'cudb',
  'cpsc2021',
  'challenge-2015',
  'challenge-2017',
  'challenge-2021',
  'ptbxl',
  'ptbdb',
  'mimicdb',
  'mimicdb-041',
  'mimic2wdb-s25047',
] as const
export type Database = (typeof DATABASES)[number]

/** Files without which a database says nothing. */
const LABEL_FILES: Readonly<Partial<Record<Database, readonly string[]>>> = {
  'challenge-2015': ['ALARMS'],
  'challenge-2017': ['REFERENCE.csv'],
  ptbxl: ['ptbxl_database.csv'],
}
/** Databases whose every record has annotations beside it; `bw` of nstdb is a record of noise. */
const ANNOTATED: ReadonlySet<Database> = new Set(['mitdb', 'nstdb', 'vfdb', 'cpsc2021'])
/** Records of monitors: signals of several rates, and beside the waves a record of numerics (`…n`), one a minute. */
const OF_MONITORS: ReadonlySet<Database> = new Set(['mimicdb', 'mimicdb-041', 'mimic2wdb-s25047'])
const NUMERICS = /n$/
const NOT_ANNOTATED: ReadonlySet<string> = new Set(['bw', 'em', 'ma'])
const CUDB_RATE_HZ = 250
const CUDB_GAIN = 400

export interface RecordRef {
  readonly database: Database
  readonly name: string
  /** Without extension. */
  readonly path: string
  /**
   * Whether it belongs to the half on which detectors are tuned: the odd places (counted from 0) in the order of the names of the
   * records at hand. The others are held out.
   */
  readonly tuned: boolean
}

/** A file as exported from the database: MATLAB, raw ADC numbers. */
const CUDB_MAT = /^(cu\d+)m\.mat$/

async function namesOf(directory: string, database: Database): Promise<Map<string, string>> {
  if (database === 'ptbxl') {
    const rows = parseCsv(await readFile(join(directory, 'ptbxl_database.csv'), 'utf8'))
    // At 500 Hz where that is at hand, else at 100 Hz.
    return new Map(
      rows.map(({ ecg_id: id = '', filename_hr: full = '', filename_lr: low = '' }) => {
        const file =
          existsSync(join(directory, `${low}.hea`)) && !existsSync(join(directory, `${full}.hea`)) ? low : full
        return [id.padStart(5, '0'), join(directory, file)]
      }),
    )
  }
  const names = (await recordNames(directory)).filter((name) => !(OF_MONITORS.has(database) && NUMERICS.test(name)))
  const exported = database === 'cudb' ? (await readdir(directory)).flatMap((file) => CUDB_MAT.exec(file)?.[1] ?? []) : [] // prettier-ignore
  return new Map([...names, ...exported].map((name) => [name, join(directory, name)]))
}

/**
 * The records of a database below `dataDirectory`, in the order of their names.
 * @throws DataError that says everything that is missing.
 */
export async function listRecords(dataDirectory: string, database: Database): Promise<RecordRef[]> {
  const directory = join(dataDirectory, database)
  if (!existsSync(directory)) throw new DataError(`${database}: no such directory: ${directory}`)
  const labels = (LABEL_FILES[database] ?? []).filter((file) => !existsSync(join(directory, file)))
  if (labels.length > 0) throw new DataError(`${database}: no ${labels.join(', no ')} in ${directory}`)
  const names = await namesOf(directory, database)
  if (names.size === 0) throw new DataError(`${database}: no records in ${directory}`)
  const sorted = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const missing = (await Promise.all(sorted.map(([name, path]) => missingFiles(database, name, path)))).flat()
  if (missing.length > 0) {
    const more = missing.length > 20 ? ` and ${missing.length - 20} more` : ''
    throw new DataError(`${database}: missing ${missing.slice(0, 20).join(', ')}${more}`)
  }
  return sorted.map(([name, path], i) => ({ database, name, path, tuned: i % 2 === 1 }))
}

async function missingFiles(database: Database, name: string, path: string): Promise<string[]> {
  if (!existsSync(`${path}.hea`)) return existsSync(`${path}m.mat`) ? [] : [`${name}.hea`]
  const absent = (await filesOfRecord(path)).filter((file) => !existsSync(join(dirname(path), file)))
  if (ANNOTATED.has(database) && !NOT_ANNOTATED.has(name) && !existsSync(`${path}.atr`)) absent.push(`${name}.atr`)
  return absent
}

export interface Range {
  readonly fromS?: number
  readonly toS?: number
}

/** The samples of a record of any of the databases. */
export async function openRecord(
  { database, path }: Pick<RecordRef, 'database' | 'path'>,
  range: Range = {},
): Promise<WfdbRecord> {
  if (database === 'cudb' && !existsSync(`${path}.hea`)) return openCudbMat(path)
  const rateHz = range.toS === undefined && range.fromS === undefined ? 1 : (await readHeader(path)).rateHz
  return readRecord(path, {
    severalRates: OF_MONITORS.has(database),
    ...(range.fromS === undefined ? {} : { fromSample: Math.round(range.fromS * rateHz) }),
    ...(range.toS === undefined ? {} : { toSample: Math.round(range.toS * rateHz) }),
  })
}

async function openCudbMat(path: string): Promise<WfdbRecord> {
  const [row] = readMat(await readFile(`${path}m.mat`))
  if (row === undefined) throw new DataError(`${basename(path)}m.mat is empty`)
  const samples = Int16Array.from(row)
  const signals = [{ name: 'ECG', unit: 'mV', gainPerUnit: CUDB_GAIN, baseline: 0, samples }]
  return { name: basename(path), rateHz: CUDB_RATE_HZ, fromSample: 0, comments: [], signals }
}

/** Length of a record, seconds. */
export function lengthOf(record: WfdbRecord): number {
  const first = record.signals[0]
  return first === undefined ? 0 : first.samples.length / (record.rateHz * (first.samplesPerFrame ?? 1))
}

/** A signal in its physical unit; NaN where it is missing. */
export function physical({ samples, gainPerUnit, baseline }: WfdbRecord['signals'][number]): Float64Array {
  return Float64Array.from(samples, (sample) => (sample === MISSING ? Number.NaN : (sample - baseline) / gainPerUnit))
}

/** The lead that QRS figures are made on: MLII, else the first; as for the figures of other tools in the documentation. */
export function figureLead(record: WfdbRecord): WfdbRecord['signals'][number] {
  const lead = record.signals.find(({ name }) => name === 'MLII') ?? record.signals[0]
  if (lead === undefined) throw new DataError(`${record.name} has no signals`)
  return lead
}
