import { Readable } from 'node:stream'
import { PulsewireError, unitOf } from '@pulsewire/contracts'
import type { Series, VitalsQuery } from '@pulsewire/vitals-store'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { csvOf } from '../export/csv.ts'
import { PARQUET_TYPE, parquetOf } from '../export/parquet.ts'
import { negotiate } from '../http/accept.ts'
import { RawAnswer } from '../http/answers.ts'
import { every, listOf, rangeOf, timeZone, windowOf } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { limitParameter, next, rangeParameters } from './series-shapes.ts'
import { patientId } from './shapes.ts'

const DEFAULT_SPAN_MS = 3_600_000
const MOST_POINTS = 500_000
const JSON_TYPE = 'application/json'
const CSV_TYPE = 'text/csv'
const AGGREGATES = ['mean', 'min', 'max', 'median', 'count', 'first', 'last', 'sum', 'stddev'] as const

const vitalsQuery = z.strictObject({
  ...rangeParameters,
  codes: listOf(z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,63}$/))
    .optional()
    .describe('default: all that there are'),
  every: every.optional(),
  fn: z.enum(AGGREGATES).optional().describe('how a window is summed up. Default mean'),
  tz: timeZone.optional(),
  limit: limitParameter(MOST_POINTS),
})

const vitalsAnswer = z.object({
  patient: z.string(),
  from: z.number(),
  to: z.number(),
  series: z.record(
    z.string(),
    z.object({ unit: z.string(), points: z.array(z.tuple([z.number(), z.union([z.number(), z.string()])])) }),
  ),
  next,
})

export function vitalsRoutes({ store, registry, now }: ApiContext): Route[] {
  const pages = async function* (query: VitalsQuery): AsyncGenerator<readonly Series[]> {
    for (let from: number | undefined = query.from; from !== undefined;) {
      const page: Awaited<ReturnType<typeof store.vitals>> = await store.vitals({ ...query, from })
      yield page.series
      if (page.next !== undefined && page.next <= from)
        throw new PulsewireError('PW_INTERNAL', 'a page that goes nowhere')
      from = page.next
    }
  }

  return [
    route({
      method: 'GET',
      path: '/patients/:id/vitals',
      tag: 'series',
      summary: 'Series of vitals; as CSV or Parquet by the Accept header, then always complete',
      access: 'read-series',
      params: patientId,
      query: vitalsQuery,
      alsoAs: [CSV_TYPE, PARQUET_TYPE],
      response: vitalsAnswer,
      handle: async ({ params, query, call }) => {
        const patient = params.id
        found(registry.state.patients.get(patient), `patient ${patient}`)
        const range = rangeOf(query, now(), DEFAULT_SPAN_MS)
        if (query.fn !== undefined && query.every === undefined) {
          throw new PulsewireError('PW_REQUEST_INVALID', 'fn: needs every')
        }
        const codes = query.codes ?? (await store.catalogue({ patient, ...range })).codes
        const asked: VitalsQuery = {
          patient,
          ...range,
          codes,
          ...(query.device === undefined ? {} : { device: query.device }),
          ...(query.every === undefined ? {} : { every: windowOf(query.every, query.tz), fn: query.fn ?? 'mean' }),
          limit: query.limit ?? MOST_POINTS,
        }
        const type = negotiate(call.request.headers.accept, [JSON_TYPE, CSV_TYPE, PARQUET_TYPE])
        if (type === CSV_TYPE) return new RawAnswer(`${CSV_TYPE}; charset=utf-8`, Readable.from(csvOf(pages(asked))))
        if (type === PARQUET_TYPE) return new RawAnswer(PARQUET_TYPE, Readable.from(parquetOf(pages(asked))))
        const page = codes.length === 0 ? { series: [] } : await store.vitals(asked)
        const series = codes.map((code) => {
          const found = page.series.find((one) => one.code === code)
          const points = (found?.points ?? []).map(({ time, value }): [number, number | string] => [time, value])
          return [code, { unit: found?.unit ?? unitOf(code) ?? '', points }]
        })
        return {
          patient,
          ...range,
          series: Object.fromEntries(series),
          ...(page.next === undefined ? {} : { next: page.next }),
        }
      },
    }),
  ]
}
