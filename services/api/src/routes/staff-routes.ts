import { PulsewireError, monitoring, monitoringEnds, vitalValues } from '@pulsewire/contracts'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { bodyInstant } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { appendStaffCommand } from '../staff-command-log.ts'
import { patientId } from './shapes.ts'
import { monitoringAnswer, untilMonitoringIs } from './until-so.ts'

/** An observation may be so far ahead of our clock, ms. */
const AHEAD_MS = 60_000
const EARLIEST_MS = Date.UTC(2000, 0, 1)

export function staffRoutes(context: ApiContext): Route[] {
  const { registry, now } = context
  return [
    route({
      method: 'POST',
      path: '/patients/:id/observations',
      tag: 'patients',
      summary: 'Vitals entered by staff; who entered them is kept',
      access: 'enter-observations',
      params: patientId,
      status: 201,
      body: z.strictObject({ at: bodyInstant.optional(), vitals: vitalValues }),
      response: z.object({ id: z.string(), patient: z.string(), at: z.number(), by: z.string(), vitals: vitalValues }),
      handle: async ({ params, body, call }) => {
        found(registry.state.patients.get(params.id), `patient ${params.id}`)
        const observedAt = instantWithin(body.at, now(), 'at', now() + AHEAD_MS)
        const by = call.session?.user ?? ''
        const { vitals } = body
        const { id } = await appendStaffCommand(context, {
          type: 'observation',
          patient: params.id,
          by,
          observedAt,
          vitals,
        })
        return { id, patient: params.id, at: observedAt, by, vitals }
      },
    }),
    route({
      method: 'PUT',
      path: '/patients/:id/monitoring',
      tag: 'patients',
      summary:
        'Whether alarms are raised for the patient; a standby ends after a day at the latest; 202 = asked, not yet in force',
      access: 'treat',
      params: patientId,
      body: z.strictObject({ state: monitoring.shape.state, until: bodyInstant.optional() }),
      response: monitoringAnswer,
      handle: async ({ params, body, call }) => {
        const patient = params.id
        const { state } = body
        const asked = body.until === undefined ? undefined : instantWithin(body.until, now(), 'until', Infinity)
        if (asked !== undefined && asked <= now())
          throw new PulsewireError('PW_REQUEST_INVALID', 'until: lies in the past')
        const until = monitoringEnds({ state, until: asked }, now())
        const by = call.session?.user ?? ''
        const end = until === undefined ? {} : { until }
        return untilMonitoringIs(
          context,
          patient,
          (now) => now.state === state && (state === 'on' || now.until === until),
          () => appendStaffCommand(context, { type: 'monitoring', patient, by, state, ...end }),
        )
      },
    }),
  ]
}

function instantWithin(given: number | undefined, now: number, field: string, latest: number): number {
  const instant = given ?? now
  if (instant > latest) throw new PulsewireError('PW_REQUEST_INVALID', `${field}: lies in the future`)
  if (instant < EARLIEST_MS) throw new PulsewireError('PW_REQUEST_INVALID', `${field}: lies before the year 2000`)
  return instant
}
