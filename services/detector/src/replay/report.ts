import type { Limits } from '@pulsewire/contracts'
import type { PatientContext } from '@pulsewire/detection'
import type { Field, StepComparison } from './compare.ts'

/** What is always shown, be it the same or not; of the others only what differs. */
const SHOWN = /^(type|onset|priority|message|evidence\..*|rule\..*|positions|alarm\.(id|priority|state|raisedAt))$/

/** The comparison in words. */
export function reportOf(id: string, comparisons: readonly StepComparison[]): string {
  const lines = [`Alarm ${id}`, ...comparisons.flatMap(linesOf)]
  const isSame = comparisons.every((comparison) => comparison.isSame)
  return [...lines, '', isSame ? 'The same alarm comes of it again.' : 'DIFFERENT: not the same alarm.', ''].join('\n')
}

function linesOf({ step, pin, fields, limits, context, remarks, isSame }: StepComparison): string[] {
  const { event } = step
  const shown = fields.filter((field) => !field.isSame || SHOWN.test(field.name))
  const others = fields.length - shown.length
  return [
    '',
    `${event.event} at ${timeOf(event.at)} (step ${event.version}): ${isSame ? 'the same' : 'DIFFERENT'}`,
    `  from the pin ${pin.id}: ${pin.records.length} records, ${pin.steps.length} steps, ${pin.state === null ? 'no state before' : 'the state before'}`,
    ...(limits === undefined ? [] : [`  limits in force: ${limitsText(limits)}`]),
    ...(context === undefined ? [] : [`  known of the patient: ${contextText(context)}`]),
    ...remarks.map((remark) => `  NOTE ${remark}`),
    ...shown.map(fieldLine),
    ...(others > 0 ? [`  same       ${others} more`] : []),
  ]
}

function fieldLine({ name, was, now, isSame }: Field): string {
  const label = name.padEnd(28)
  if (isSame) return `  same       ${label} ${valueOf(was)}`
  return `  DIFFERENT  ${label} was ${valueOf(was)}, now ${valueOf(now)}`
}

function valueOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function limitsText(limits: Limits): string {
  return Object.entries(limits)
    .map(([code, { low, high }]) => `${code} ${low ?? ''}–${high ?? ''}`)
    .join(', ')
}

function contextText({ sex, dateOfBirth, spo2Scale }: PatientContext): string {
  return `sex ${sex ?? 'not known'}, born ${dateOfBirth ?? 'not known'}, SpO2 scale ${spo2Scale ?? 1}`
}

function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
