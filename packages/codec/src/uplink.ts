import {
  MAX_SAMPLES_PER_SIGNAL,
  PulsewireError,
  type CommandAckMessage,
  type EventMessage,
  type PayloadEncoding,
  type StatusMessage,
  type UplinkKind,
  type UplinkMessage,
  type VitalsMessage,
  type WaveformMessage,
} from '@pulsewire/contracts'
import { violationOf } from '@pulsewire/contracts/validators'
import { encodeCbor, encodeJson, parsePayload, parseStored } from './parse.ts'

/**
 * Decodes and validates what a device sent. The samples of a block always come out as Int16Array.
 * Throws PulsewireError: PW_PAYLOAD_… with what is wrong in one line, PW_SIGNALS_UNEQUAL.
 */
export function decodeUplink(
  kind: UplinkKind,
  bytes: Uint8Array,
): { encoding: PayloadEncoding; uplink: UplinkMessage } {
  const { encoding, value } = parsePayload(bytes)
  if (kind === 'waveform') typeSamples(value)
  const violation = violationOf(kind, value)
  if (violation !== undefined) throw new PulsewireError('PW_PAYLOAD_INVALID', violation)
  return { encoding, uplink: asUplink(kind, value) }
}

/**
 * Decodes what `decodeUplink` accepted before it went into the log, at a fraction of the cost: the two kinds that come every second are
 * neither walked nor validated again, only looked at as far as whoever reads them relies on. Throws PulsewireError: PW_PAYLOAD_… where
 * it is no such message after all.
 */
export function decodeStored(
  kind: UplinkKind,
  bytes: Uint8Array,
): { encoding: PayloadEncoding; uplink: UplinkMessage } {
  if (kind !== 'vitals' && kind !== 'waveform') return decodeUplink(kind, bytes)
  const { encoding, value } = parseStored(bytes)
  if (kind === 'waveform') typeSamples(value)
  if (kind === 'waveform' ? !looksLikeBlock(value) : !looksLikeVitals(value))
    throw new PulsewireError('PW_PAYLOAD_INVALID', `not a message of kind ${kind}`)
  return { encoding, uplink: asUplink(kind, value) }
}

/** A message as a device sends it: CBOR with int16 typed arrays, or JSON. */
export function encodeUplink(uplink: UplinkMessage, encoding: PayloadEncoding): Uint8Array {
  if (encoding === 'cbor') return encodeCbor(uplink.message)
  if (uplink.kind !== 'waveform') return encodeJson(uplink.message)
  const signals = uplink.message.signals.map((signal) => ({ ...signal, samples: Array.from(signal.samples) }))
  return encodeJson({ ...uplink.message, signals })
}

function looksLikeBlock(value: unknown): boolean {
  if (!isObject(value) || typeof value['rateHz'] !== 'number') return false
  const { signals } = value
  return Array.isArray(signals) && signals.length > 0 && signals.every(looksLikeSignal)
}

/** Its samples are typed by then. */
function looksLikeSignal(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    typeof value['unit'] === 'string' &&
    typeof value['scale'] === 'number' &&
    typeof value['offset'] === 'number'
  )
}

function looksLikeVitals(value: unknown): boolean {
  const vitals = isObject(value) ? value['vitals'] : undefined
  if (!isObject(vitals)) return false
  for (const code in vitals) {
    const type = typeof vitals[code]
    if (type !== 'number' && type !== 'string') return false
  }
  return true
}

/** The type of `value` is what the compiled schema of its kind has just established, or had before it was stored. */
function asUplink(kind: UplinkKind, value: unknown): UplinkMessage {
  switch (kind) {
    case 'vitals':
      return { kind, message: value as VitalsMessage }
    case 'waveform':
      return { kind, message: checkedBlock(value as WaveformMessage) }
    case 'event':
      return { kind, message: value as EventMessage }
    case 'status':
      return { kind, message: value as StatusMessage }
    case 'command-ack':
      return { kind, message: value as CommandAckMessage }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Turns the samples of each signal into an Int16Array in place; what is not an array of int16 is refused. */
function typeSamples(value: unknown): void {
  const signals = isObject(value) ? value['signals'] : undefined
  if (!Array.isArray(signals)) return // the schema says it better
  for (let index = 0; index < signals.length; index++) {
    const signal: unknown = signals[index]
    if (isObject(signal)) signal['samples'] = toInt16(signal['samples'], index)
  }
}

function toInt16(samples: unknown, index: number): Int16Array {
  if (samples instanceof Int16Array && samples.length > 0) return samples
  const where = `signals.${index}.samples`
  if (!Array.isArray(samples) || samples.length === 0) {
    throw new PulsewireError(
      'PW_PAYLOAD_INVALID',
      `${where} must be a non-empty array of integers, or an int16 typed array`,
    )
  }
  if (samples.length > MAX_SAMPLES_PER_SIGNAL) {
    throw new PulsewireError('PW_PAYLOAD_INVALID', `${where} must NOT have more than ${MAX_SAMPLES_PER_SIGNAL} items`)
  }
  const typed = new Int16Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    const sample: unknown = samples[i]
    if (typeof sample !== 'number' || !Number.isInteger(sample) || sample < -32768 || sample > 32767) {
      throw new PulsewireError('PW_PAYLOAD_INVALID', `${where}.${i} must be an integer from -32768 to 32767`)
    }
    typed[i] = sample
  }
  return typed
}

function checkedBlock(block: WaveformMessage): WaveformMessage {
  const first = block.signals[0]
  if (block.signals.length === 1) return block
  const names = new Set<string>()
  for (const signal of block.signals) {
    if (first !== undefined && signal.samples.length !== first.samples.length) {
      throw new PulsewireError(
        'PW_SIGNALS_UNEQUAL',
        `${first.name} has ${first.samples.length} samples, ${signal.name} ${signal.samples.length}`,
      )
    }
    if (names.has(signal.name)) throw new PulsewireError('PW_PAYLOAD_INVALID', `signal ${signal.name} comes twice`)
    names.add(signal.name)
  }
  return block
}
