import { Readable } from 'node:stream'
import { SIGNAL_PATTERN, PulsewireError } from '@pulsewire/contracts'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { waveformJson } from '../export/waveform-json.ts'
import { wfdbFiles } from '../export/wfdb-export.ts'
import { zipOf } from '../export/zip.ts'
import { RawAnswer } from '../http/answers.ts'
import { every, listOf, rangeOf, windowOf } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { limitParameter, next, rangeParameters } from './series-shapes.ts'
import { patientId } from './shapes.ts'

const DEFAULT_SPAN_MS = 60_000
/** Two hours of one lead at 250 Hz and a bit. */
const DEFAULT_SAMPLES = 2_000_000
const MOST_SAMPLES = 10_000_000
const ZIP_TYPE = 'application/zip'

const waveformQuery = z.strictObject({
  ...rangeParameters,
  signals: listOf(z.string().regex(SIGNAL_PATTERN)).optional().describe('default: all that there are'),
  every: every.optional().describe('with fn=minmax: windows of so much, up to 60s'),
  fn: z.enum(['minmax']).optional().describe('the lowest and highest sample of each window instead of the samples'),
  format: z.enum(['json', 'wfdb']).optional().describe('wfdb: a zip of records in format 16'),
  limit: limitParameter(MOST_SAMPLES),
})

const values = z.array(z.number().nullable())
const waveformSegment = z.union([
  z.object({ start: z.number(), samples: values }),
  z.object({ start: z.number(), low: values, high: values }).describe('with fn=minmax: a value a window'),
])

const waveformAnswer = z.object({
  patient: z.string(),
  from: z.number(),
  to: z.number(),
  next,
  signals: z.array(
    z.object({
      name: z.string(),
      unit: z.string().nullable(),
      rateHz: z.number().nullable(),
      device: z.string().nullable(),
      everyMs: z.number().optional().describe('with fn=minmax: the width of a window'),
      segments: z.array(waveformSegment),
    }),
  ),
})

export function waveformRoutes({ store, registry, now }: ApiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/patients/:id/waveforms',
      tag: 'series',
      summary: 'Samples in their unit, gaps as gaps; their envelope; or as WFDB records',
      access: 'read-series',
      params: patientId,
      query: waveformQuery,
      alsoAs: [ZIP_TYPE],
      response: waveformAnswer,
      handle: async ({ params, query }) => {
        const patient = params.id
        found(registry.state.patients.get(patient), `patient ${patient}`)
        const range = rangeOf(query, now(), DEFAULT_SPAN_MS)
        const everyMs = envelopeWidthOf(query)
        const signals = query.signals ?? (await store.catalogue({ patient, ...range })).signals
        const limit = query.limit ?? (query.format === 'wfdb' ? MOST_SAMPLES : DEFAULT_SAMPLES)
        const device = query.device === undefined ? {} : { device: query.device }
        const asked = { patient, ...range, signals, limit, ...device }
        const json = (page: { readonly signals: Parameters<typeof waveformJson>[2]; readonly next?: number }) => {
          const head = { patient, ...range, ...(page.next === undefined ? {} : { next: page.next }) }
          const body = Readable.from(waveformJson(head, signals, page.signals))
          return new RawAnswer('application/json; charset=utf-8', body)
        }
        if (everyMs !== undefined) {
          return json(signals.length === 0 ? { signals: [] } : await store.envelopes({ ...asked, everyMs }))
        }
        const page = signals.length === 0 ? { signals: [] } : await store.waveforms(asked)
        if (query.format === 'wfdb') {
          if (page.next !== undefined) {
            throw new PulsewireError(
              'PW_REQUEST_INVALID',
              `to: more than ${limit} samples; the first part ends at ${page.next}`,
            )
          }
          const headers = { 'content-disposition': `attachment; filename="${patient}.zip"` }
          return new RawAnswer(ZIP_TYPE, zipOf(wfdbFiles(patient, page.signals), now()), headers)
        }
        return json(page)
      },
    }),
  ]
}

/** The width of a window in ms where envelopes are asked for; `undefined` for samples. */
function envelopeWidthOf({ every, fn, format }: z.output<typeof waveformQuery>): number | undefined {
  if (every === undefined && fn === undefined) return undefined
  if (every === undefined || fn === undefined) {
    throw new PulsewireError('PW_REQUEST_INVALID', 'every: goes with fn=minmax, and fn with every')
  }
  if (format === 'wfdb') throw new PulsewireError('PW_REQUEST_INVALID', 'format: there are no envelopes in WFDB')
  const window = windowOf(every, undefined)
  if (!('ms' in window)) throw new PulsewireError('PW_REQUEST_INVALID', 'every: at most 60s')
  return window.ms
}
