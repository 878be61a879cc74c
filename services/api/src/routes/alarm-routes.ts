import {
  alarm,
  ALARM_STATES,
  ALARM_VERDICTS,
  ID_PATTERN,
  PulsewireError,
  needsAcknowledgement,
  type Alarm,
  type AlarmEvent,
} from '@pulsewire/contracts'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { Answered } from '../http/answers.ts'
import { bodyInstant, instant, listOf } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { readDeliveries } from '../delivery-log.ts'
import { found } from '../registry-writes.ts'
import { appendStaffCommand } from '../staff-command-log.ts'
import { isOfWard } from '../views/alarm-view.ts'
import { deliveriesOfAlarm, presentAlarm } from './delivery-shapes.ts'
import { limitParameter } from './series-shapes.ts'
import { effectOf } from './until-so.ts'

const DEFAULT_PAUSE_MS = 120_000
const LONGEST_PAUSE_MS = 10 * 60_000
const MOST_ALARMS = 10_000
/** Of the alarm manager and the log. */
const CLOCKS_DIFFER_MS = 10_000

const states = listOf(z.string()).pipe(z.array(z.enum(ALARM_STATES)))
const alarmId = z.object({ id: z.string().min(1).max(200) })

const alarmQuery = z.strictObject({
  state: states.optional().describe('active, acknowledged, latched, ended; separated by commas. Default: all'),
  patient: z.string().regex(ID_PATTERN).optional(),
  type: listOf(z.string().max(64)).optional(),
  from: instant.optional(),
  to: instant.optional(),
  limit: limitParameter(MOST_ALARMS),
})
type AlarmQuery = z.output<typeof alarmQuery>

const pauseBody = z.strictObject({
  seconds: z
    .number()
    .min(1)
    .max(LONGEST_PAUSE_MS / 1000)
    .optional(),
  until: bodyInstant.optional(),
})

/** When a pause of the sound ends. */
function pauseUntil(body: z.output<typeof pauseBody> | undefined, now: number): number {
  const until = body?.until ?? now + (body?.seconds === undefined ? DEFAULT_PAUSE_MS : Math.round(body.seconds * 1000))
  if (until > now && until <= now + LONGEST_PAUSE_MS) return until
  throw new PulsewireError('PW_REQUEST_INVALID', `until: a pause ends within ${LONGEST_PAUSE_MS / 60_000} minutes`)
}

export function alarmRoutes(context: ApiContext): Route[] {
  const { store, views } = context
  const alarmOf = async (id: string): Promise<Alarm> =>
    found(views.alarms.get(id) ?? (await store.alarm(id)), `alarm ${id}`)

  return [
    route({
      method: 'GET',
      path: '/alarms',
      tag: 'alarms',
      summary: 'Alarms, newest first; those that are not ended are as of this moment',
      access: 'read-ward',
      query: alarmQuery,
      response: z.object({ alarms: z.array(alarm), next: z.number().optional() }),
      handle: async ({ query }) => {
        const known = [...views.alarms.current(), ...views.alarms.recentlyEnded()]
        const wanted = known.filter((candidate) => matches(candidate, query))
        const onlyCurrent = query.state !== undefined && !query.state.includes('ended')
        const past = onlyCurrent ? { alarms: [] } : await store.alarms(storeQuery(query))
        const ids = new Set(known.map(({ id }) => id))
        const alarms = [...wanted, ...past.alarms.filter((each) => !ids.has(each.id) && isOfWard(each))]
        alarms.sort((a, b) => b.onset - a.onset || (a.id < b.id ? -1 : 1))
        return { alarms, ...(past.next === undefined ? {} : { next: past.next }) }
      },
    }),
    route({
      method: 'GET',
      path: '/alarms/:id',
      tag: 'alarms',
      summary: 'One alarm with its evidence, and what was delivered of it',
      access: 'read-ward',
      params: alarmId,
      response: alarm.extend(deliveriesOfAlarm),
      handle: async ({ params }) => {
        const known = await alarmOf(params.id)
        const { patient, raisedAt } = known
        const onError = (error: Error): void => context.logger.error({ err: error }, error.message)
        const told = await readDeliveries(context.log, { patient, from: raisedAt - CLOCKS_DIFFER_MS, onError })
        return { ...known, ...presentAlarm(known.id, told) }
      },
    }),
    route({
      method: 'POST',
      path: '/alarms/:id/acknowledge',
      tag: 'alarms',
      summary: 'Acknowledge; 202 = asked, not yet in force',
      access: 'treat',
      params: alarmId,
      body: z.strictObject({}).optional(),
      response: alarm,
      handle: async ({ params, call }) => {
        const { id, patient, state, rings } = await alarmOf(params.id)
        if (state === 'acknowledged' || state === 'ended') throw new PulsewireError('PW_ALARM_STATE', `it is ${state}`)
        const by = call.session?.user ?? ''
        const seen = rings === undefined ? {} : { rings }
        const command = { type: 'acknowledge', patient, by, alarm: id, ...seen } as const
        const inForce = ({ alarm, event }: AlarmEvent): boolean =>
          alarm?.id === id && (event === 'acknowledged' || alarm.state === 'acknowledged' || alarm.state === 'ended')
        return untilInForce(context, id, inForce, () => appendStaffCommand(context, command))
      },
    }),
    route({
      method: 'POST',
      path: '/alarms/:id/pause',
      tag: 'alarms',
      summary:
        "Pause the sound of the alarm, or of all the patient's (default 2 minutes); 202 = asked, not yet in force",
      access: 'treat',
      params: alarmId,
      body: pauseBody.extend({ all: z.boolean().optional().describe("the patient's other alarms too") }).optional(),
      response: alarm,
      handle: async ({ params, body, call }) => {
        const { id, patient, state, rings } = await alarmOf(params.id)
        if (state === 'ended') throw new PulsewireError('PW_ALARM_STATE', `it is ${state}`)
        const until = pauseUntil(body, context.now())
        const by = call.session?.user ?? ''
        const which = body?.all === true ? {} : { alarm: id, ...(rings === undefined ? {} : { rings }) }
        const inForce = (event: AlarmEvent): boolean =>
          event.patient === patient && event.event === 'audio-paused' && (body?.all === true || event.alarm?.id === id)
        return untilInForce(context, id, inForce, () =>
          appendStaffCommand(context, { type: 'pause', patient, by, until, ...which }),
        )
      },
    }),
    route({
      method: 'POST',
      path: '/alarms/pause',
      tag: 'alarms',
      summary: 'Pause the sound of the whole ward (default 2 minutes): what is new or gets worse rings all the same',
      access: 'treat',
      status: 202,
      body: pauseBody.optional(),
      response: z.object({ until: z.number(), patients: z.array(z.string()).describe('whose sound is paused') }),
      handle: async ({ body, call }) => {
        const until = pauseUntil(body, context.now())
        const by = call.session?.user ?? ''
        const patients = [
          ...new Set([...views.alarms.current()].filter(needsAcknowledgement).map(({ patient }) => patient)),
        ]
        await Promise.all(patients.map((patient) => appendStaffCommand(context, { type: 'pause', patient, by, until })))
        return { until, patients }
      },
    }),
    route({
      method: 'POST',
      path: '/alarms/:id/comment',
      tag: 'alarms',
      summary: 'A remark that stays with the alarm; 202 = asked, not yet in force',
      access: 'treat',
      params: alarmId,
      body: z.strictObject({ text: z.string().min(1).max(2_000) }),
      response: alarm,
      handle: async ({ params, body, call }) => {
        const { id, patient } = await alarmOf(params.id)
        const by = call.session?.user ?? ''
        const { text } = body
        const inForce = (event: AlarmEvent): boolean => event.event === 'commented' && event.alarm?.id === id
        return untilInForce(context, id, inForce, () =>
          appendStaffCommand(context, { type: 'comment', patient, by, alarm: id, text }),
        )
      },
    }),
    route({
      method: 'POST',
      path: '/alarms/:id/verdict',
      tag: 'alarms',
      summary:
        'What staff found at the bed: the alarm was right (confirmed) or false; also after its end, the last word counts; 202 = asked, not yet in force',
      access: 'treat',
      params: alarmId,
      body: z.strictObject({ verdict: z.enum(ALARM_VERDICTS), reason: z.string().min(1).max(2_000).optional() }),
      response: alarm,
      handle: async ({ params, body, call }) => {
        const by = call.session?.user ?? ''
        const inForce = ({ event, alarm }: AlarmEvent): boolean =>
          event === 'judged' && alarm?.id === params.id && alarm.verdict?.by === by
        const ask = async (known: Alarm): Promise<Alarm | Answered<Alarm>> =>
          untilInForce(context, known.id, inForce, () =>
            appendStaffCommand(context, {
              type: 'verdict',
              patient: known.patient,
              by,
              alarm: known.id,
              ...body,
              // The alarm manager knows those that have ended by id alone.
              ...(known.state === 'ended' ? { ended: known } : {}),
            }),
          )
        const before = await alarmOf(params.id)
        const answer = await ask(before)
        // It ended between the question and the answer: asked again, with the alarm as it then was.
        const after = await alarmOf(params.id)
        const endedMeanwhile = before.state !== 'ended' && after.state === 'ended' && after.verdict?.by !== by
        return endedMeanwhile ? ask(after) : answer
      },
    }),
  ]
}

/** Asks the alarm manager, and answers the alarm once it has done so; 202 with the alarm as it stands where that takes too long. */
async function untilInForce(
  context: ApiContext,
  id: string,
  inForce: (event: AlarmEvent) => boolean,
  ask: () => Promise<unknown>,
): Promise<Alarm | Answered<Alarm>> {
  const { views, store } = context
  const event = await effectOf(context, inForce, ask)
  const stands = event?.alarm?.id === id ? event.alarm : (views.alarms.get(id) ?? (await store.alarm(id)))
  const answer = found(stands, `alarm ${id}`)
  return event === undefined ? new Answered(202, answer) : answer
}

function matches(candidate: Alarm, { state, patient, type, from, to }: AlarmQuery): boolean {
  if (state !== undefined && !state.includes(candidate.state)) return false
  if (patient !== undefined && candidate.patient !== patient) return false
  if (type !== undefined && !type.includes(candidate.type)) return false
  const end = candidate.endedAt ?? Infinity
  return candidate.onset < (to ?? Infinity) && end >= (from ?? 0)
}

function storeQuery({ state, patient, type, from, to, limit }: AlarmQuery): {
  patient?: string
  states?: readonly string[]
  types?: readonly string[]
  from?: number
  to?: number
  limit?: number
} {
  return {
    ...(patient === undefined ? {} : { patient }),
    ...(state === undefined ? {} : { states: state }),
    ...(type === undefined ? {} : { types: type }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(limit === undefined ? {} : { limit }),
  }
}
