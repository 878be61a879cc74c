import { monitoring, type AlarmEvent, type Monitoring } from '@pulsewire/contracts'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { Answered } from '../http/answers.ts'
import { found } from '../registry-writes.ts'

/** A patient's monitoring, as it is in force. */
export const monitoringAnswer = z.object({ patient: z.string(), monitoring })
type MonitoringAnswer = z.output<typeof monitoringAnswer>

/** Asks the alarm manager, and answers once it `isSo`; 202 with what stands where that takes too long. PW_NOT_FOUND for an unknown patient. */
export async function untilMonitoringIs(
  { registry, views, effectWithinMs }: ApiContext,
  patient: string,
  isSo: (monitoring: Monitoring) => boolean,
  ask: () => Promise<unknown>,
): Promise<MonitoringAnswer | Answered<MonitoringAnswer>> {
  found(registry.state.patients.get(patient), `patient ${patient}`)
  const inForce = (event: AlarmEvent): boolean =>
    event.patient === patient && event.monitoring !== undefined && isSo(event.monitoring)
  const effect = views.alarms.expect(inForce, effectWithinMs)
  const wasSo = isSo(views.alarms.monitoringOf(patient))
  try {
    await ask()
  } catch (error) {
    effect.cancel()
    throw error
  }
  // What is so already needs no event to become so.
  if (wasSo) effect.cancel()
  const event = await effect.event
  const answer = { patient, monitoring: event?.monitoring ?? views.alarms.monitoringOf(patient) }
  return isSo(answer.monitoring) ? answer : new Answered(202, answer)
}
