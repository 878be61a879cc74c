import { type Alarm, type Finding, type FindingType, type StaffCommand } from '@pulsewire/contracts'
import { decide, noAlarms, type AlarmInput, type PatientAlarms } from '../index.ts'

export const T0 = 1_790_000_000_000
export const PATIENT = 'p1'

export function findingOf(type: FindingType, onset: number, change: Partial<Finding> = {}): Finding {
  return {
    id: `${PATIENT}.${type}.${onset}`,
    type,
    patient: PATIENT,
    status: 'open',
    onset,
    seenUntil: onset + 1_000,
    late: false,
    confidence: 0.9,
    quality: 1,
    priority: 'high',
    message: type,
    evidence: {},
    rule: { name: type, version: '1' },
    ...change,
  }
}
export const found = (finding: Finding, at = finding.seenUntil): AlarmInput => ({ kind: 'finding', at, finding })
export const ended = (finding: Finding, end: number): AlarmInput =>
  found({ ...finding, status: 'ended', end, seenUntil: end }, end)
let commands = 0
export const staff = (at: number, command: Partial<StaffCommand> & Pick<StaffCommand, 'type'>): AlarmInput => ({
  kind: 'staff',
  at,
  command: { id: `c${commands++}`, patient: PATIENT, by: 'nurse', at, ...command } as StaffCommand,
})
export const tick = (at: number): AlarmInput => ({ kind: 'tick', at })
export const run = (...inputs: AlarmInput[]): PatientAlarms =>
  inputs.reduce((state, input) => decide(state, input).state, noAlarms(PATIENT))
export const only = (state: PatientAlarms): Alarm => {
  const [alarm, ...more] = Object.values(state.alarms)
  if (alarm === undefined || more.length > 0) throw new Error(`${Object.keys(state.alarms).length} alarms`)
  return alarm
}
