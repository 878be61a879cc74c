import { PulsewireError, staffCommand, type StaffCommand } from '@pulsewire/contracts'
import type { DeviceEvent, TimeRange } from '@pulsewire/vitals-store'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { deviceHappenings } from '../device-happenings.ts'
import { rangeOf } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { staffHistory } from '../staff-history.ts'
import { limitParameter, next, rangeParameters } from './series-shapes.ts'
import { patientId } from './shapes.ts'

const DEFAULT_SPAN_MS = 24 * 3_600_000
const LONGEST_MS = 31 * DEFAULT_SPAN_MS
const MOST_ACTIONS = 10_000
const EVENTS_A_PAGE = 10_000

const eventAnswer = z.object({
  patient: z.string(),
  from: z.number(),
  to: z.number(),
  devices: z
    .array(
      z.object({
        time: z.number(),
        device: z.string(),
        what: z.string().describe('an event of the device, or `online`, `offline`, `battery-low`'),
        detail: z.string().optional(),
        battery: z.number().optional(),
      }),
    )
    .describe('what happened to the devices, in order of time'),
  actions: z.array(staffCommand).describe('what staff did, in order of the time that it is about'),
  next,
})

export function eventRoutes(context: ApiContext): Route[] {
  const { registry, now } = context
  return [
    route({
      method: 'GET',
      path: '/patients/:id/events',
      tag: 'patients',
      summary: 'What happened to the devices and what staff did; default: the last day, at most 31 days',
      access: 'read-ward',
      params: patientId,
      query: z.strictObject({
        from: rangeParameters.from,
        to: rangeParameters.to,
        limit: limitParameter(MOST_ACTIONS),
      }),
      response: eventAnswer,
      handle: async ({ params, query }) => {
        const patient = found(registry.state.patients.get(params.id), `patient ${params.id}`).entity.id
        const range = rangeOf(query, now(), DEFAULT_SPAN_MS)
        if (range.to - range.from > LONGEST_MS) throw new PulsewireError('PW_REQUEST_INVALID', 'to: more than 31 days')
        const { commands, next } = await staffHistory(context, patient, range, { limit: query.limit ?? MOST_ACTIONS })
        const events = await eventsOf(context, patient, { from: range.from, to: next ?? range.to })
        return {
          patient,
          ...range,
          devices: deviceHappenings(events),
          actions: commands,
          ...(next === undefined ? {} : { next }),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/patients/:id/limits/history',
      tag: 'patients',
      summary: 'Who changed the alarm limits, when, from what to what; newest first',
      access: 'read-registry',
      params: patientId,
      response: z.object({ patient: z.string(), changes: z.array(limitChange) }),
      handle: async ({ params }) => {
        const patient = found(registry.state.patients.get(params.id), `patient ${params.id}`).entity.id
        const { commands } = await staffHistory(context, patient, { from: 0, to: now() + 1 }, { types: ['limits'] })
        const changes = commands.flatMap((command) => (command.type === 'limits' ? [changeOf(command)] : []))
        return { patient, changes: changes.toReversed() }
      },
    }),
  ]
}

const limitChange = z.object({
  at: z.number(),
  by: z.string(),
  profile: z.string().optional(),
  changes: z.array(
    z.object({
      code: z.string(),
      side: z.enum(['low', 'high']),
      before: z.number().optional().describe('missing: it was not watched'),
      after: z.number().optional(),
    }),
  ),
})
type LimitChange = z.input<typeof limitChange>

function changeOf({ at, by, before, after, profile }: Extract<StaffCommand, { type: 'limits' }>): LimitChange {
  const was = new Map(Object.entries(before))
  const is = new Map(Object.entries(after))
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((code) =>
    (['low', 'high'] as const).flatMap((side) => {
      const [old, current] = [was.get(code)?.[side], is.get(code)?.[side]]
      if (old === current) return []
      return [
        {
          code,
          side,
          ...(old === undefined ? {} : { before: old }),
          ...(current === undefined ? {} : { after: current }),
        },
      ]
    }),
  )
  return { at, by, ...(profile === undefined ? {} : { profile }), changes }
}

/** All events of the range, in order of time: the store answers the newest of them, page by page. */
async function eventsOf({ store }: ApiContext, patient: string, range: TimeRange): Promise<DeviceEvent[]> {
  const pages: (readonly DeviceEvent[])[] = []
  for (let to = range.to; ;) {
    const page = await store.events({ patient, from: range.from, to, limit: EVENTS_A_PAGE })
    const oldest = page[0]?.time
    if (page.length < EVENTS_A_PAGE || oldest === undefined) return [...page, ...pages.toReversed().flat()]
    // Of the oldest time there may be more: it comes with the next page as a whole, unless it fills this one.
    const fits = page.filter(({ time }) => time > oldest)
    pages.push(fits.length === 0 ? page : fits)
    to = fits.length === 0 ? oldest : oldest + 1
  }
}
