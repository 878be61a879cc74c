import { BEAT_CLASSES, finding, FINDING_TYPES, PulsewireError, SIGNAL_PATTERN } from '@pulsewire/contracts'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { listOf, rangeOf } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { limitParameter, next, rangeParameters } from './series-shapes.ts'
import { patientId } from './shapes.ts'

const DEFAULT_SPAN_MS = 24 * 3_600_000
const MOST = 200_000
const TYPES: ReadonlySet<string> = new Set(FINDING_TYPES)

const findingQuery = z.strictObject({
  ...rangeParameters,
  type: listOf(z.string()).optional().describe('finding types, separated by commas; or `beat` alone'),
  signal: z.string().regex(SIGNAL_PATTERN).optional().describe('with type=beat'),
  limit: limitParameter(MOST),
})

const findingAnswer = z.object({
  patient: z.string(),
  from: z.number(),
  to: z.number(),
  findings: z.array(finding).optional(),
  beats: z
    .array(z.tuple([z.number(), z.enum(BEAT_CLASSES)]).readonly())
    .optional()
    .describe('with type=beat'),
  next,
})

export function findingRoutes({ store, registry, now }: ApiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/patients/:id/findings',
      tag: 'series',
      summary: 'What was found: episodes, ST, scores; with type=beat each beat',
      access: 'read-series',
      params: patientId,
      query: findingQuery,
      response: findingAnswer,
      handle: async ({ params, query }) => {
        const patient = params.id
        found(registry.state.patients.get(patient), `patient ${patient}`)
        const range = rangeOf(query, now(), DEFAULT_SPAN_MS)
        const asked = { patient, ...range, limit: query.limit ?? MOST }
        const { type, device, signal } = query
        const narrowed = { ...(device === undefined ? {} : { device }), ...(signal === undefined ? {} : { signal }) }
        if (type?.length === 1 && type[0] === 'beat') {
          const { beats, next } = await store.beats({ ...asked, ...narrowed })
          return { patient, ...range, beats: [...beats], ...(next === undefined ? {} : { next }) }
        }
        const unknown = type?.find((name) => !TYPES.has(name))
        if (unknown !== undefined) throw new PulsewireError('PW_REQUEST_INVALID', `type: there is no ${unknown}`)
        const { findings, next } = await store.findings({ ...asked, ...(type === undefined ? {} : { types: type }) })
        const ofDevice = findings.filter((one) => device === undefined || one.device === device)
        return { patient, ...range, findings: ofDevice, ...(next === undefined ? {} : { next }) }
      },
    }),
  ]
}
