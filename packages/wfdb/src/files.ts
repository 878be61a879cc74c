import { existsSync } from 'node:fs'
import { open, readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { encodeAnnotations, parseAnnotations, type Annotation } from './annotations.ts'
import { WfdbError } from './errors.ts'
import { parseHeader, type WfdbHeader, type WfdbSignalHeader } from './header.ts'
import { encodeRecord, samplesOf, type WfdbRecord, type WfdbSignal, type WriteOptions } from './record.ts'
import { parseSegments, readSegments } from './segments.ts'
import {
  byteLengthOf,
  checksumOf,
  decodeSamples,
  missingToCommon,
  sampleCountOf,
  supportedFormat,
  type SignalFormat,
} from './signal-formats.ts'

export interface ReadOptions {
  /** Names of the signals wanted, in this order; all where absent. */
  signals?: readonly string[]
  fromSample?: number
  /** The first sample that is not wanted. */
  toSample?: number
  /** Signals with several samples in a frame are taken too (see `samplesPerFrame`); else they are refused. */
  severalRates?: boolean
}

interface SignalFile {
  path: string
  format: SignalFormat
  byteOffset: number
  /** Samples in a frame. */
  frameSize: number
  /** Frames in the file. */
  frames: number
}

const MAX_SAMPLES_PER_FRAME = 1024
const DIRECTORY_PART = /[/\\]/

async function describeFile(
  directory: string,
  members: readonly WfdbSignalHeader[],
  severalRates: boolean,
): Promise<SignalFile> {
  const first = members[0]
  if (first === undefined) throw new WfdbError('WFDB_HEADER_INVALID', 'a signal file without signals')
  if (members.some(({ samplesPerFrame }) => samplesPerFrame < 1 || samplesPerFrame > MAX_SAMPLES_PER_FRAME))
    throw new WfdbError('WFDB_HEADER_INVALID', `${first.fileName}: samples per frame`)
  if (!severalRates && members.some(({ samplesPerFrame }) => samplesPerFrame !== 1))
    throw new WfdbError('WFDB_UNSUPPORTED', `${first.fileName}: signals of several rates are not supported`)
  if (members.some(({ format }) => format !== first.format))
    throw new WfdbError('WFDB_UNSUPPORTED', `${first.fileName}: signals of several formats are not supported`)
  if (DIRECTORY_PART.test(first.fileName))
    throw new WfdbError('WFDB_UNSUPPORTED', 'a signal file in another directory is not supported')
  const format = supportedFormat(first.format)
  const path = join(directory, first.fileName)
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const samples = sampleCountOf(format, Math.max(0, size - first.byteOffset))
    const frameSize = members.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0)
    return { path, format, byteOffset: first.byteOffset, frameSize, frames: Math.floor(samples / frameSize) }
  } finally {
    await file.close()
  }
}

/** Frames `[from, to)` of a file. */
async function readFrames(file: SignalFile, from: number, to: number): Promise<Int16Array> {
  const firstSample = from * file.frameSize
  // Format 212 packs pairs: start at an even sample.
  const lead = file.format === 212 ? firstSample & 1 : 0
  const count = (to - from) * file.frameSize + lead
  const bytes = new Uint8Array(byteLengthOf(file.format, count))
  const handle = await open(file.path, 'r')
  try {
    const position = file.byteOffset + byteLengthOf(file.format, firstSample - lead)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled)
      if (bytesRead === 0) throw new WfdbError('WFDB_SIGNAL_TRUNCATED', `${basename(file.path)} ended early`)
      filled += bytesRead
    }
  } finally {
    await handle.close()
  }
  return decodeSamples(file.format, bytes, count).subarray(lead)
}

function range(header: WfdbHeader, frames: number, options: ReadOptions): { from: number; to: number } {
  const total = header.sampleCount ?? frames
  if (total > frames)
    throw new WfdbError('WFDB_SIGNAL_TRUNCATED', `${header.name}: ${total} samples announced, ${frames} there`)
  const to = Math.min(total, Math.max(0, Math.trunc(options.toSample ?? total)))
  return { from: Math.min(to, Math.max(0, Math.trunc(options.fromSample ?? 0))), to }
}

/** Reads `path.hea`. */
export async function readHeader(path: string): Promise<WfdbHeader> {
  return parseHeader(await readText(path))
}

/** The records of a folder by name, in order. What is a segment of one of them is no record of its own. */
export async function recordNames(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((file) => file.endsWith('.hea')).map((file) => file.slice(0, -4))
  const segments = await Promise.all(names.map(async (name) => segmentNames(await readText(join(directory, name)))))
  const parts = new Set(segments.flat())
  return names.filter((name) => !parts.has(name)).toSorted()
}

/** The files that belong to a record besides its header: its signal files; of a record of several segments, the headers and signal files of those. */
export async function filesOfRecord(path: string): Promise<string[]> {
  const text = await readText(path)
  const segments = segmentNames(text)
  if (segments.length === 0) return signalFilesOf(parseHeader(text))
  const files = segments.map(async (name) => {
    const segment = join(dirname(path), name)
    return [`${name}.hea`, ...(existsSync(`${segment}.hea`) ? signalFilesOf(await readHeader(segment)) : [])]
  })
  return [...new Set((await Promise.all(files)).flat())]
}

const readText = (path: string): Promise<string> => readFile(`${path}.hea`, 'latin1')

/** A layout segment names no files, and a gap is no segment. */
const NOTHING = '~'

function signalFilesOf({ signals }: WfdbHeader): string[] {
  return [...new Set(signals.map(({ fileName }) => fileName))].filter((file) => file !== NOTHING)
}

/** None where it is a record of one segment, or not a header at all: whoever reads it is told that. */
function segmentNames(text: string): string[] {
  try {
    return (parseSegments(text)?.segments ?? []).map(({ name }) => name).filter((name) => name !== NOTHING)
  } catch (error) {
    if (error instanceof WfdbError) return []
    throw error
  }
}

/** Indices of the signals wanted; of several signals with one name the first. */
function wantedSignals(header: WfdbHeader, names: readonly string[] | undefined): number[] {
  if (names === undefined) return [...header.signals.keys()]
  return names.map((wanted) => {
    const index = header.signals.findIndex(({ name }) => name === wanted)
    if (index < 0) throw new WfdbError('WFDB_UNSUPPORTED', `${header.name} has no signal ${wanted}`)
    return index
  })
}

/**
 * Reads a record; `path` is without extension. Signals of the formats in `SIGNAL_FORMATS`; memory is bounded by the files. A record of several
 * segments is one record, with missing samples where a segment does not have a signal.
 * @throws WfdbError for a damaged or unsupported record; the file system's own errors.
 */
export async function readRecord(path: string, options: ReadOptions = {}): Promise<WfdbRecord> {
  const text = await readText(path)
  const layout = parseSegments(text)
  if (layout === undefined) return readSegment(path, parseHeader(text), options)
  const pathOf = (name: string): string => join(dirname(path), name)
  return readSegments(layout, options, {
    header: (name) => readHeader(pathOf(name)),
    samples: async (name, fromSample, toSample) => {
      const { signals: _all, ...rest } = options
      return readSegment(pathOf(name), await readHeader(pathOf(name)), { ...rest, fromSample, toSample })
    },
  })
}

async function readSegment(path: string, header: WfdbHeader, options: ReadOptions): Promise<WfdbRecord> {
  const wanted = wantedSignals(header, options.signals)
  const found = new Map<number, WfdbSignal>()
  let fromSample = 0
  for (const fileName of new Set(wanted.map((index) => header.signals[index]?.fileName))) {
    const members = [...header.signals.entries()].filter(([, signal]) => signal.fileName === fileName)
    const headers = members.map(([, signal]) => signal)
    const file = await describeFile(dirname(path), headers, options.severalRates ?? false)
    const { from, to } = range(header, file.frames, options)
    fromSample = from
    const maxSkew = Math.max(...members.map(([, { skew }]) => skew))
    const raw = await readFrames(file, from, Math.min(file.frames, to + maxSkew))
    const whole = from === 0 && to === (header.sampleCount ?? file.frames)
    let offset = 0
    for (const [index, { name, unit, gainPerUnit, baseline, skew, checksum, samplesPerFrame }] of members) {
      const slot = { offset, samplesPerFrame, frameSize: file.frameSize, skew }
      offset += samplesPerFrame
      if (!wanted.includes(index)) continue
      const samples = samplesOf(raw, slot, to - from)
      const signal: WfdbSignal = { name, unit, gainPerUnit, baseline, samples }
      if (samplesPerFrame > 1) signal.samplesPerFrame = samplesPerFrame
      if (whole && checksum !== undefined) {
        const stored = skew === 0 ? samples : samplesOf(raw, { ...slot, skew: 0 }, to - from)
        signal.checksumOk = checksumOf(stored) === (checksum << 16) >> 16
      }
      missingToCommon(file.format, samples)
      found.set(index, signal)
    }
  }
  const { name, rateHz, comments, startTime, startDate } = header
  return {
    name,
    rateHz,
    fromSample,
    ...(startTime === undefined ? {} : { startTime }),
    ...(startDate === undefined ? {} : { startDate }),
    comments,
    signals: wanted.flatMap((index) => found.get(index) ?? []),
  }
}

/** Reads `path.ext`. A file with a time resolution of its own keeps its own ticks: `parseAnnotations` tells it. */
export async function readAnnotations(path: string, ext: string): Promise<Annotation[]> {
  return parseAnnotations(await readFile(`${path}.${ext}`)).annotations
}

/** Writes `path.ext`; ticks are the record's samples. */
export async function writeAnnotations(path: string, ext: string, annotations: readonly Annotation[]): Promise<void> {
  await writeFile(`${path}.${ext}`, encodeAnnotations(annotations))
}

/** Writes `directory/name.hea` and `directory/name.dat`. */
export async function writeRecord(
  directory: string,
  record: Omit<WfdbRecord, 'fromSample'>,
  options: WriteOptions = {},
): Promise<void> {
  const { header, signals } = encodeRecord(record, options)
  await writeFile(join(directory, `${record.name}.dat`), signals)
  await writeFile(join(directory, `${record.name}.hea`), header)
}
