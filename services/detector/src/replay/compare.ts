import { isDeepStrictEqual } from 'node:util'
import { decide } from '@pulsewire/alarms'
import type { Alarm, EvidencePin, Finding, Limits } from '@pulsewire/contracts'
import { ALARM_RULES, type PatientContext } from '@pulsewire/detection'
import type { AlarmStep } from './pinned-alarm.ts'
import { asWritten, repeatAnalysis, type Again } from './recompute.ts'

/** One field, as it was and as it comes out now; undefined = it is not there. */
export interface Field {
  readonly name: string
  readonly was: unknown
  readonly now: unknown
  readonly isSame: boolean
}

/** A step of an alarm that came of a pinned finding, done again. */
export interface StepComparison {
  readonly step: AlarmStep
  readonly pin: EvidencePin
  /** Of the finding, and of the alarm that is decided from it. */
  readonly fields: readonly Field[]
  /** In force when it was found again; undefined where it was not. */
  readonly limits: Limits | undefined
  readonly context: PatientContext | undefined
  readonly remarks: readonly string[]
  readonly isSame: boolean
}

/** The finding of a pin that a step was taken for. What staff or the time led to has none, and no update of the evidence. */
export function findingOf(pin: EvidencePin, { alarm, before }: AlarmStep): Finding | undefined {
  const known = before.alarms[alarm.id] ?? before.suppressed[alarm.id]
  const isTold =
    known?.finding === alarm.finding && known?.seenUntil === alarm.seenUntil && known?.priority === alarm.priority
  if (isTold) return undefined
  const same = pin.findings.filter(({ id, seenUntil }) => id === alarm.finding && seenUntil === alarm.seenUntil)
  return same.find(({ priority }) => priority === alarm.priority) ?? same[0]
}

/** Analyses the window again, decides again, and compares field by field. */
export function compareStep(step: AlarmStep, pin: EvidencePin, was: Finding): StepComparison {
  const { found, remarks } = repeatAnalysis(pin)
  const again = bestOf(found, was)
  const alarm = again === undefined ? undefined : decidedAgain(step, again.finding)
  const fields = [...fieldsOf('', was, again?.finding), ...fieldsOf('alarm.', step.alarm, alarm)]
  return {
    step,
    pin,
    fields,
    limits: again?.limits,
    context: again?.context,
    remarks: [...remarks, ...remarksOn(was, again)],
    isSame: fields.every(({ isSame }) => isSame),
  }
}

/** The same record of the same finding; else what comes next to it, to be shown beside it. */
function bestOf(found: readonly Again[], was: Finding): Again | undefined {
  const same = found.filter(({ finding }) => finding.id === was.id)
  return (
    same.find(({ finding }) => finding.seenUntil === was.seenUntil && finding.priority === was.priority) ??
    same[0] ??
    found.find(({ finding }) => finding.type === was.type && finding.code === was.code)
  )
}

function decidedAgain({ before, event }: AlarmStep, finding: Finding): Alarm | undefined {
  const { events } = decide(before, { kind: 'finding', at: event.at, finding })
  const same = events.find(({ event: name, version }) => name === event.event && version === event.version)
  return same?.alarm === undefined ? undefined : asWritten(same.alarm)
}

function remarksOn(was: Finding, again: Again | undefined): string[] {
  const { name, version } = was.rule
  const remarks = again === undefined ? ['Nothing of the kind is found in what is pinned'] : []
  const today = ALARM_RULES[was.type]
  if (name !== was.type || today.version === version) return remarks
  const other = `The rule ${name} was version ${version} then and is version ${today.version} in this code`
  return [...remarks, `${other}: what is different may come of that`]
}

function fieldsOf(prefix: string, was: Finding | Alarm, now: Finding | Alarm | undefined): Field[] {
  const [then, today] = [flat(was), flat(now ?? {})]
  return [...new Set([...then.keys(), ...today.keys()])].map((name) => {
    const [before, after] = [then.get(name), today.get(name)]
    return { name: prefix + name, was: before, now: after, isSame: isDeepStrictEqual(before, after) }
  })
}

/** The fields, those of evidence and rule one by one. */
function flat(record: object): Map<string, unknown> {
  return new Map(
    Object.entries(record).flatMap(([name, value]: [string, unknown]) =>
      (name === 'evidence' || name === 'rule') && typeof value === 'object' && value !== null
        ? Object.entries(value).map(([key, inner]: [string, unknown]): [string, unknown] => [`${name}.${key}`, inner])
        : [[name, value]],
    ),
  )
}
