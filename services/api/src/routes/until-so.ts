import { monitoring, type AlarmEvent, type Monitoring } from '@pulsewire/contracts'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { Answered } from '../http/answers.ts'
import { found } from '../registry-writes.ts'

/** A patient's monitoring, as it is in force. */
export const monitoringAnswer = z.object({ patient: z.string(), monitoring })
type MonitoringAnswer = z.output<typeof monitoringAnswer>

/**
 * Asks the alarm manager, and answers the event by which it did so; `undefined` where that takes too long, and at once for what `isSo` already
 * and needs no event.
 */
export async function effectOf(
  { views, effectWithinMs }: ApiContext,
  inForce: (event: AlarmEvent) => boolean,
  ask: () => Promise<unknown>,
  isSo = false,
): Promise<AlarmEvent | undefined> {
  const effect = views.alarms.expect(inForce, effectWithinMs)
  try {
    await ask()
  } catch (error) {
    effect.cancel()
    throw error
  }
  if (isSo) effect.cancel()
  return effect.event
}

/** Asks the alarm manager, and answers once it `isSo`; 202 with what stands where that takes too long. PW_NOT_FOUND for an unknown patient. */
export async function untilMonitoringIs(
  context: ApiContext,
  patient: string,
  isSo: (monitoring: Monitoring) => boolean,
  ask: () => Promise<unknown>,
): Promise<MonitoringAnswer | Answered<MonitoringAnswer>> {
  const { registry, views } = context
  found(registry.state.patients.get(patient), `patient ${patient}`)
  const inForce = (event: AlarmEvent): boolean =>
    event.patient === patient && event.monitoring !== undefined && isSo(event.monitoring)
  const event = await effectOf(context, inForce, ask, isSo(views.alarms.monitoringOf(patient)))
  const answer = { patient, monitoring: event?.monitoring ?? views.alarms.monitoringOf(patient) }
  return isSo(answer.monitoring) ? answer : new Answered(202, answer)
}
