import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { z } from 'zod'
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

/** `undefined` where `value` (decoded by the codec) follows the schema of its kind, else what is wrong, in one line. */
export function violationOf(kind: UplinkKind, value: unknown): string | undefined {
  const validate = compiled[kind]
  if (validate(value)) return undefined
  const error = validate.errors?.[0]
  if (error === undefined) return 'not valid'
  const where = error.instancePath === '' ? 'the message' : error.instancePath.slice(1).replaceAll('/', '.')
  const extra = typeof error.params['additionalProperty'] === 'string' ? ` (${error.params['additionalProperty']})` : ''
  return `${where} ${error.message ?? 'is not valid'}${extra}`
}
