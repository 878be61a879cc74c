import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { beatsRecord, derivedRecord, type BeatsRecord, type DerivedRecord } from './findings.ts'
import { uplinkSchemas, waveformMessage, type UplinkKind } from './messages.ts'

const ajv = new Ajv2020({ allErrors: false, strict: false })

/** The JSON Schema (2020-12) of each uplink message, as published for device builders. */
export function uplinkJsonSchema(kind: UplinkKind): Record<string, unknown> {
  return z.toJSONSchema(uplinkSchemas[kind], { io: 'input' })
}

/**
 * A decoded block has its samples as an Int16Array, which is valid by its type and need not be looked through: the schema of the
 * decoded form leaves `samples` out, and the codec checks the ranges of a plain array.
 */
const decodedWaveform = waveformMessage.extend({
  signals: z
    .array(waveformMessage.shape.signals.element.omit({ samples: true }))
    .min(1)
    .max(32),
})

const compiled: Record<UplinkKind, ValidateFunction> = {
  vitals: ajv.compile(uplinkJsonSchema('vitals')),
  waveform: ajv.compile(z.toJSONSchema(decodedWaveform, { io: 'input' }) as Record<string, unknown>),
  event: ajv.compile(uplinkJsonSchema('event')),
  status: ajv.compile(uplinkJsonSchema('status')),
  'command-ack': ajv.compile(uplinkJsonSchema('command-ack')),
}

/** The records of `findings` that come every second for every patient: their schemas compiled, at a tenth of the cost of interpreting them. */
const isBeats = ajv.compile<BeatsRecord>(z.toJSONSchema(beatsRecord, { io: 'input' }) as Record<string, unknown>)
const isDerived = ajv.compile<DerivedRecord>(z.toJSONSchema(derivedRecord, { io: 'input' }) as Record<string, unknown>)

/** `value` as a record of beats. Throws a TypeError where it is none. */
export function asBeatsRecord(value: unknown): BeatsRecord {
  if (isBeats(value)) return value
  throw new TypeError(`a record of beats: ${violationIn(isBeats)}`)
}

/** `value` as a record of derived series. Throws a TypeError where it is none. */
export function asDerivedRecord(value: unknown): DerivedRecord {
  if (isDerived(value)) return value
  throw new TypeError(`a record of derived series: ${violationIn(isDerived)}`)
}

/** `undefined` where `value` (decoded by the codec) follows the schema of its kind, else what is wrong, in one line. */
export function violationOf(kind: UplinkKind, value: unknown): string | undefined {
  const validate = compiled[kind]
  return validate(value) ? undefined : violationIn(validate)
}

/** What was wrong with the value that a schema refused last, in one line. */
function violationIn(validate: Pick<ValidateFunction, 'errors'>): string {
  const error = validate.errors?.[0]
  if (error === undefined) return 'not valid'
  const where = error.instancePath === '' ? 'the message' : error.instancePath.slice(1).replaceAll('/', '.')
  const extra = typeof error.params['additionalProperty'] === 'string' ? ` (${error.params['additionalProperty']})` : ''
  return `${where} ${error.message ?? 'is not valid'}${extra}`
}
