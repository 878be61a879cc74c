import { codeOf, LAST_CODE, symbolOf } from './annotation-codes.ts'
import { WfdbError } from './errors.ts'

/** One annotation. `aux` is text (rhythm labels such as `(AFIB`), one byte per character, without its closing NUL. */
export interface Annotation {
  sample: number
  symbol: string
  subtype: number
  channel: number
  number: number
  aux?: string
}

export interface AnnotationFile {
  annotations: Annotation[]
  /** Ticks per second, where the file says so (`## time resolution: …`); else the record's rate counts. */
  timeResolutionHz?: number
}

// MIT format: 16-bit little-endian words, code << 10 | interval; a word of 0 ends the file.
// SKIP adds a 32-bit interval (high word first); AUX is followed by its bytes, padded to an even number.
const SKIP = 59
const NUM = 60
const SUB = 61
const CHN = 62
const AUX = 63
const MAX_INTERVAL = 1023
const MAX_AUX_BYTES = 255
const NOTE = '"'
const RESOLUTION = /^## time resolution: ([0-9.]+)/

const invalid = (detail: string): WfdbError => new WfdbError('WFDB_ANNOTATION_INVALID', detail)
const signed8 = (value: number): number => (value << 24) >> 24

class Words {
  readonly #bytes: Uint8Array
  #at = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }
  /** The next word; a missing end word is taken as the end, half a word too. */
  next(): number | undefined {
    const low = this.#bytes[this.#at]
    const high = this.#bytes[this.#at + 1]
    this.#at += 2
    return low === undefined || high === undefined ? undefined : low | (high << 8)
  }
  long(): number {
    const high = this.next()
    const low = this.next()
    if (high === undefined || low === undefined) throw invalid('the file ends inside a SKIP')
    return (high << 16) | low
  }
  text(length: number): string {
    const end = this.#at + length
    if (end > this.#bytes.length) throw invalid('the file ends inside an AUX string')
    const text = String.fromCharCode(...this.#bytes.subarray(this.#at, end))
    this.#at = end + (length & 1)
    return text.replace(/\0+$/, '')
  }
}

/** Reads an annotation file of the MIT format. The note that gives the time resolution is taken out. */
export function parseAnnotations(bytes: Uint8Array): AnnotationFile {
  const words = new Words(bytes)
  const file: AnnotationFile = { annotations: [] }
  let sample = 0
  let channel = 0
  let number = 0
  let last: Annotation | undefined
  for (let word = words.next(); word !== undefined && word !== 0; word = words.next()) {
    const code = word >> 10
    const low = word & MAX_INTERVAL
    if (code === SKIP) sample += words.long()
    else if (code === AUX) {
      const aux = words.text(low & 0xff)
      if (last !== undefined) last.aux = aux
    } else if (code === NUM) {
      number = signed8(low)
      if (last !== undefined) last.number = number
    } else if (code === CHN) {
      channel = low & 0xff
      if (last !== undefined) last.channel = channel
    } else if (code === SUB) {
      if (last !== undefined) last.subtype = signed8(low)
    } else if (code > LAST_CODE) throw invalid(`no such annotation code: ${code}`)
    else {
      sample += low
      if (code === 0) continue
      last = { sample, symbol: symbolOf(code) ?? ' ', subtype: 0, channel, number }
      file.annotations.push(last)
    }
  }
  return takeResolution(file)
}

function takeResolution(file: AnnotationFile): AnnotationFile {
  const first = file.annotations[0]
  if (first === undefined || first.symbol !== NOTE || first.sample !== 0) return file
  const rate = Number(RESOLUTION.exec(first.aux ?? '')?.[1])
  if (!(rate > 0)) return file
  return { annotations: file.annotations.slice(1), timeResolutionHz: rate }
}

function auxBytes(aux: string): number[] {
  if (aux.length > MAX_AUX_BYTES) throw invalid(`an AUX string of ${aux.length} bytes (${MAX_AUX_BYTES} at most)`)
  const codes = Array.from({ length: aux.length }, (_, i) => aux.charCodeAt(i))
  if (codes.some((code) => code > 0xff)) throw invalid('an AUX string with a character above U+00FF')
  return codes.length % 2 === 0 ? codes : [...codes, 0]
}

/**
 * Writes annotations in the order given; `parseAnnotations` gives them back.
 * Throws `WFDB_ANNOTATION_INVALID` for what the format cannot hold.
 */
export function encodeAnnotations(annotations: readonly Annotation[], timeResolutionHz?: number): Uint8Array {
  const bytes: number[] = []
  const put = (word: number): number => bytes.push(word & 0xff, (word >> 8) & 0xff)
  const field = (code: number, value: number): number => put((code << 10) | (value & 0xff))
  const auxOf = (text: string): void => {
    const aux = auxBytes(text)
    put((AUX << 10) | text.length)
    for (const byte of aux) bytes.push(byte)
  }
  if (timeResolutionHz !== undefined) {
    put((codeOf(NOTE) ?? 0) << 10)
    auxOf(`## time resolution: ${timeResolutionHz}`)
  }
  let sample = 0
  let channel = 0
  let number = 0
  for (const annotation of annotations) {
    const code = codeOf(annotation.symbol)
    if (code === undefined || code === 0) throw invalid(`no such annotation symbol: ${annotation.symbol.slice(0, 10)}`)
    const interval = annotation.sample - sample
    if ((interval | 0) !== interval) throw invalid(`an interval of ${interval} samples`)
    if (interval > MAX_INTERVAL || interval < 0) {
      put(SKIP << 10)
      put(interval >> 16)
      put(interval)
      put(code << 10)
    } else put((code << 10) | interval)
    if (annotation.subtype !== 0) field(SUB, annotation.subtype)
    if (annotation.channel !== channel) field(CHN, annotation.channel)
    if (annotation.number !== number) field(NUM, annotation.number)
    if (annotation.aux !== undefined) auxOf(annotation.aux)
    sample = annotation.sample
    channel = annotation.channel
    number = annotation.number
  }
  put(0)
  return Uint8Array.from(bytes)
}

/** An annotation with the usual values for what is not given. */
export function annotate(sample: number, symbol: string, rest: Partial<Annotation> = {}): Annotation {
  return { sample, symbol, subtype: 0, channel: 0, number: 0, ...rest }
}
