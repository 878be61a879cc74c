import { PulsewireError, type EvidencePin } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { compareStep, findingOf, type StepComparison } from './compare.ts'
import { readPins, readSteps, type AlarmStep } from './pinned-alarm.ts'

/**
 * Repeats the analysis that an alarm came from, for each time that it rang, out of what is pinned. Throws PW_NOT_FOUND where there is no such alarm or nothing
 * is pinned of it, PW_LOG_DAMAGED where what is pinned cannot be trusted.
 */
export async function replayAlarm(log: EventLog, id: string): Promise<StepComparison[]> {
  const steps = await readSteps(log, id)
  const comparisons: StepComparison[] = []
  const pins = new Map<string, EvidencePin[]>()
  for (const step of steps) {
    const name = step.alarm.pin
    if (name === undefined) continue
    const known = pins.get(name) ?? (await readPins(log, name, step))
    pins.set(name, known)
    const comparison = compareWith(known, step)
    if (comparison !== undefined) comparisons.push(comparison)
  }
  if (comparisons.length > 0) return comparisons
  const [first] = steps
  const raisedBy = first === undefined ? 'nobody' : `the rule ${first.alarm.rule.name}`
  throw new PulsewireError('PW_NOT_FOUND', `Nothing is pinned of the alarm ${id}, raised by ${raisedBy}`)
}

/** A pin that was written twice (after a restart) counts as the one in which the alarm is. */
function compareWith(pins: readonly EvidencePin[], step: AlarmStep): StepComparison | undefined {
  const compared = pins.flatMap((pin) => {
    const finding = findingOf(pin, step)
    return finding === undefined ? [] : [compareStep(step, pin, finding)]
  })
  return compared.find(({ isSame }) => isSame) ?? compared[0]
}
