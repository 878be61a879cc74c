import { WfdbError } from './errors.ts'

/**
 * One signal's line of a header.
 * Grammar: `FILE FORMAT[xSPF][:SKEW][+OFFSET] [GAIN[(BASELINE)][/UNIT] [RES [ZERO [INITIAL [CHECKSUM [BLOCK [NAME]]]]]]]`
 */
export interface WfdbSignalHeader {
  fileName: string
  format: number
  /** Frames by which the signal lags in its file. */
  skew: number
  /** Bytes before the first sample. */
  byteOffset: number
  samplesPerFrame: number
  /** ADC units per physical unit. */
  gainPerUnit: number
  /** The sample value that is 0 in physical units. */
  baseline: number
  unit: string
  adcResolutionBits: number
  adcZero: number
  initialValue: number
  /** 16-bit sum of all samples, signed; absent where the header gives none. */
  checksum?: number
  blockSize: number
  name: string
}

/** A header (`.hea`). Grammar of the record line: `NAME NSIG [RATE[/CFREQ[(BASE)]] [NSAMP [TIME [DATE]]]]`. */
export interface WfdbHeader {
  name: string
  rateHz: number
  /** Samples of each signal; absent where the header does not say. */
  sampleCount?: number
  /** `HH:MM:SS[.fff]` of the first sample. */
  startTime?: string
  /** `YYYY-MM-DD` of the first sample. */
  startDate?: string
  signals: WfdbSignalHeader[]
  /** The lines after `#`, without it and trimmed. */
  comments: string[]
}

const DEFAULT_RATE_HZ = 250
const DEFAULT_GAIN = 200
const MAX_HEADER_CHARS = 1_000_000
const MAX_SIGNALS = 1024

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`
const RATE = new RegExp(String.raw`^(${NUMBER})(?:/(${NUMBER})(?:\(${NUMBER}\))?)?$`)
const FORMAT = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/
const GAIN = new RegExp(String.raw`^(${NUMBER})(?:\(([-+]?\d+)\))?(?:/(\S+))?$`)
const TIME = /^(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$/
const DATE_WFDB = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/
const DATE_NAMED = /^(\d{1,2})-([A-Z][a-z]{2})-(\d{4})$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DATE_ISO = /^(\d{4})-(\d{2})-(\d{2})$/

const invalid = (detail: string): WfdbError => new WfdbError('WFDB_HEADER_INVALID', detail)

function integer(text: string, what: string): number {
  const value = Number(text)
  if (text === '' || !Number.isSafeInteger(value)) throw invalid(`${what} is not an integer: ${text.slice(0, 40)}`)
  return value
}

function pad(text: string): string {
  return text.padStart(2, '0')
}

/** Time and date in either order: CinC 2017 puts an ISO date first, CinC 2020 writes `04-Jun-2020`. */
function applyStart(header: WfdbHeader, word: string): void {
  const time = TIME.exec(word)
  if (time !== null) {
    const [whole = '', fraction] = (time[3] ?? '0').split('.')
    header.startTime = `${pad(time[1] ?? '0')}:${pad(time[2] ?? '0')}:${pad(whole)}${fraction === undefined ? '' : `.${fraction}`}`
    return
  }
  const date = DATE_WFDB.exec(word)
  if (date !== null) {
    header.startDate = `${date[3] ?? ''}-${pad(date[2] ?? '')}-${pad(date[1] ?? '')}`
    return
  }
  const named = DATE_NAMED.exec(word)
  const month = MONTHS.indexOf(named?.[2] ?? '') + 1
  if (named !== null && month > 0) header.startDate = `${named[3] ?? ''}-${pad(String(month))}-${pad(named[1] ?? '')}`
  else if (DATE_ISO.test(word)) header.startDate = word
  else throw invalid(`neither a time nor a date: ${word.slice(0, 40)}`)
}

function parseRecordLine(line: string): { header: WfdbHeader; signalCount: number } {
  const words = line.trim().split(/\s+/)
  const name = words[0] ?? ''
  if (name.includes('/')) throw new WfdbError('WFDB_UNSUPPORTED', `${name} is a multi-segment record`)
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw invalid(`not a record name: ${name.slice(0, 40)}`)
  const signalCount = integer(words[1] ?? '', 'the number of signals')
  if (signalCount < 0 || signalCount > MAX_SIGNALS) throw invalid(`${signalCount} signals`)
  const rate = words[2] === undefined ? undefined : RATE.exec(words[2])
  if (rate === null) throw invalid(`not a sampling rate: ${words[2]?.slice(0, 40) ?? ''}`)
  const rateHz = rate === undefined ? DEFAULT_RATE_HZ : Number(rate[1])
  if (!(rateHz > 0) || !Number.isFinite(rateHz)) throw invalid(`a sampling rate of ${rateHz} Hz`)
  const header: WfdbHeader = { name, rateHz, signals: [], comments: [] }
  const sampleCount = words[3] === undefined ? 0 : integer(words[3], 'the number of samples')
  if (sampleCount < 0) throw invalid(`${sampleCount} samples`)
  if (sampleCount > 0) header.sampleCount = sampleCount
  for (const word of words.slice(4, 6)) applyStart(header, word)
  return { header, signalCount }
}

function parseSignalLine(line: string, index: number): WfdbSignalHeader {
  const match = /^\s*(\S+)\s+(\S+)((?:\s+\S+){0,6})\s*(.*?)\s*$/.exec(line)
  if (match === null) throw invalid(`signal ${index}: not a signal line`)
  const [, fileName = '', formatText = '', middle = '', name = ''] = match
  const format = FORMAT.exec(formatText)
  if (format === null) throw invalid(`signal ${index}: not a format: ${formatText.slice(0, 40)}`)
  const [gainText, resolution, zero, initial, checksum, block] = middle.trim().split(/\s+/).filter(Boolean)
  const gain = gainText === undefined ? undefined : GAIN.exec(gainText)
  if (gain === null) throw invalid(`signal ${index}: not a gain: ${gainText?.slice(0, 40) ?? ''}`)
  const adcZero = integer(zero ?? '0', `signal ${index}: the ADC zero`)
  const gainPerUnit = Number(gain?.[1] ?? DEFAULT_GAIN)
  if (!Number.isFinite(gainPerUnit)) throw invalid(`signal ${index}: a gain of ${gainPerUnit}`)
  const signal: WfdbSignalHeader = {
    fileName,
    format: integer(format[1] ?? '', `signal ${index}: the format`),
    skew: integer(format[3] ?? '0', `signal ${index}: the skew`),
    byteOffset: integer(format[4] ?? '0', `signal ${index}: the byte offset`),
    samplesPerFrame: integer(format[2] ?? '1', `signal ${index}: the samples per frame`),
    gainPerUnit: gainPerUnit === 0 ? DEFAULT_GAIN : gainPerUnit,
    baseline: gain?.[2] === undefined ? adcZero : integer(gain[2], `signal ${index}: the baseline`),
    unit: gain?.[3] ?? 'mV',
    adcResolutionBits: integer(resolution ?? '0', `signal ${index}: the ADC resolution`),
    adcZero,
    initialValue: initial === undefined ? adcZero : integer(initial, `signal ${index}: the initial value`),
    blockSize: integer(block ?? '0', `signal ${index}: the block size`),
    name: name === '' ? `signal ${index}` : name,
  }
  if (checksum !== undefined) signal.checksum = integer(checksum, `signal ${index}: the checksum`)
  return signal
}

/**
 * Reads a header. Multi-segment records are refused with `WFDB_UNSUPPORTED`; all else that is not a header with
 * `WFDB_HEADER_INVALID`. Formats are not judged here.
 */
export function parseHeader(text: string): WfdbHeader {
  if (text.length > MAX_HEADER_CHARS) throw invalid(`a header of ${text.length} characters`)
  const comments: string[] = []
  const lines: string[] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.trimStart().startsWith('#')) comments.push(line.trimStart().slice(1).trim())
    else if (line.trim() !== '') lines.push(line)
  }
  const { header, signalCount } = parseRecordLine(lines[0] ?? '')
  if (lines.length - 1 < signalCount) throw invalid(`${signalCount} signals, but ${lines.length - 1} signal lines`)
  header.comments = comments
  header.signals = lines.slice(1, 1 + signalCount).map(parseSignalLine)
  return header
}

function formatField(signal: WfdbSignalHeader): string {
  const frame = signal.samplesPerFrame === 1 ? '' : `x${signal.samplesPerFrame}`
  const skew = signal.skew === 0 ? '' : `:${signal.skew}`
  const offset = signal.byteOffset === 0 ? '' : `+${signal.byteOffset}`
  return `${signal.format}${frame}${skew}${offset}`
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ')
}

/** Writes a header; `parseHeader` of the text gives the header back. */
export function formatHeader(header: WfdbHeader): string {
  const date = header.startDate?.split('-').toReversed().join('/')
  const words = [header.name, header.signals.length, header.rateHz, header.sampleCount ?? 0]
  const start = [header.startTime, date].filter((word) => word !== undefined)
  const signals = header.signals.map((signal) =>
    [
      signal.fileName,
      formatField(signal),
      `${signal.gainPerUnit}(${signal.baseline})/${signal.unit}`,
      signal.adcResolutionBits,
      signal.adcZero,
      signal.initialValue,
      signal.checksum ?? 0,
      signal.blockSize,
      oneLine(signal.name),
    ].join(' '),
  )
  const comments = header.comments.map((comment) => `# ${oneLine(comment)}`)
  return `${[[...words, ...start].join(' '), ...signals, ...comments].join('\n')}\n`
}
