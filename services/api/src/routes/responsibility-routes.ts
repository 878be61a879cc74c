import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'
import { appendStaffCommand } from '../staff-command-log.ts'
import { patientId } from './shapes.ts'
import { monitoringAnswer, untilMonitoringIs } from './until-so.ts'

const handOver = z.strictObject({
  to: z.string().min(1).max(64).describe('a user, or a role'),
  note: z.string().min(1).max(2000).optional(),
})

/** Who looks after a patient: handed over from shift to shift, and called first by the patient's alarms. */
export function responsibilityRoutes(context: ApiContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/patients/:id/hand-over',
      tag: 'patients',
      summary:
        'Offer the patient to the next shift; whoever takes over is responsible then. 202 = asked, not yet in force',
      access: 'treat',
      params: patientId,
      body: handOver,
      response: monitoringAnswer,
      handle: ({ params, body, call }) => {
        const patient = params.id
        const by = call.session?.user ?? ''
        return untilMonitoringIs(
          context,
          patient,
          ({ offered }) => offered?.to === body.to && offered.by === by && offered.note === body.note,
          () => appendStaffCommand(context, { type: 'hand-over', patient, by, ...body }),
        )
      },
    }),
    route({
      method: 'POST',
      path: '/patients/:id/take-over',
      tag: 'patients',
      summary:
        "Be responsible for the patient from now on: the patient's alarms call you first. 202 = asked, not yet in force",
      access: 'treat',
      params: patientId,
      body: z.strictObject({}).optional(),
      response: monitoringAnswer,
      handle: ({ params, call }) => {
        const patient = params.id
        const by = call.session?.user ?? ''
        return untilMonitoringIs(
          context,
          patient,
          ({ responsible, offered }) => responsible === by && offered === undefined,
          () => appendStaffCommand(context, { type: 'take-over', patient, by }),
        )
      },
    }),
  ]
}
