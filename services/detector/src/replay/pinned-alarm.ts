import { evolve, noAlarms, type PatientAlarms } from '@pulsewire/alarms'
import {
  PulsewireError,
  alarmEvent,
  createAlarmFence,
  type Alarm,
  type AlarmEvent,
  type EvidencePin,
} from '@pulsewire/contracts'
import { decodeJson } from '@pulsewire/codec'
import type { EventLog } from '@pulsewire/event-log'
import { createPinParts } from '../evidence/parts.ts'

/** A step of an alarm, with the state of the patient's alarms before it. */
export interface AlarmStep {
  readonly before: PatientAlarms
  readonly event: AlarmEvent
  /** As it was after the step. */
  readonly alarm: Alarm
  /** When it was appended, ms. */
  readonly timestamp: number
}

/** A pin is appended half a minute or so after its finding, and the clocks of two machines differ a little. */
const LOOK_BACK_MS = 10 * 60_000

/** Every step of an alarm, in order. Throws PW_NOT_FOUND where there is none. */
export async function readSteps(log: EventLog, id: string): Promise<AlarmStep[]> {
  const [patient = ''] = id.split('.')
  const partition = log.partitionOf('alarms', patient)
  const fence = createAlarmFence()
  const steps: AlarmStep[] = []
  let state = noAlarms(patient)
  for await (const records of log.read('alarms', partition, { from: 0 })) {
    for (const record of records) {
      if (!fence.admits(record) || record.key !== patient || record.value === null) continue
      const event = alarmEvent.parse(decodeJson(record.value))
      const before = state
      state = evolve(before, event)
      const { alarm } = event
      if (state !== before && alarm?.id === id) steps.push({ before, event, alarm, timestamp: record.timestamp })
    }
  }
  if (steps.length === 0) throw new PulsewireError('PW_NOT_FOUND', `There is no alarm ${id} in this log`)
  return steps
}

/** All that was pinned under a name, be it more than once. Throws PW_NOT_FOUND, PW_LOG_DAMAGED. */
export async function readPins(log: EventLog, name: string, step: AlarmStep): Promise<EvidencePin[]> {
  const partition = log.partitionOf('evidence', step.alarm.patient)
  const near = await log.offsetAt('evidence', partition, step.timestamp - LOOK_BACK_MS)
  const parts = createPinParts(name)
  const take = async (from: number, to?: number): Promise<void> => {
    for await (const records of log.read('evidence', partition, to === undefined ? { from } : { from, to })) {
      for (const record of records) parts.take(record)
    }
  }
  await take(near)
  // Whoever decides on alarms may have been far behind who finds.
  if (!parts.isThere) await take(0, near)
  return parts.pins()
}
