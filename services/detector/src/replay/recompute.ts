import { DEFAULT_LIMITS, type EvidencePin, type Finding, type Limits } from '@pulsewire/contracts'
import {
  MONITOR_VERSION,
  createPatientMonitor,
  openFindingsOf,
  type DetectionOutput,
  type MonitorSnapshot,
  type PatientContext,
} from '@pulsewire/detection'
import type { StoredRecord } from '@pulsewire/event-log'
import { createAlarmMarks } from '../evidence/marks.ts'
import { createPatientAnalysis, inputOf } from '../patient-analysis.ts'
import { decodeState } from '../state-records.ts'

/** A finding as it was found again, with what was in force at that moment: the limits, and what was known of the patient. */
export interface Again {
  readonly finding: Finding
  readonly limits: Limits
  readonly context: PatientContext
}

export interface Repetition {
  /** What newly asked for an alarm, in order. */
  readonly found: readonly Again[]
  /** What must be known to judge the repetition. */
  readonly remarks: readonly string[]
}

/** Does again what the detector did in the window of a pin: with the same state, the same records, the same times; with the code as it is now. */
export function repeatAnalysis(pin: EvidencePin): Repetition {
  const { snapshot, remarks } = startOf(pin)
  const monitor = createPatientMonitor({ patient: pin.patient, context: pin.context }, snapshot)
  const analysis = createPatientAnalysis(pin.patient, monitor, pin.failing)
  const before = pin.failing === undefined ? [] : [pin.failing.finding]
  const marks = createAlarmMarks([...(snapshot === undefined ? [] : openFindingsOf(snapshot)), ...before])
  const records = recordsOf(pin)
  const found: Again[] = []

  const take = (outputs: readonly DetectionOutput[]): void => {
    for (const { kind, record } of marks.marked(outputs)) {
      if (kind !== 'finding' || record.pin === undefined) continue
      const { context } = monitor
      found.push({ finding: asWritten(record), limits: { ...DEFAULT_LIMITS, ...context.limits }, context })
    }
  }
  for (const step of pin.steps) {
    switch (step[0]) {
      case 'tick':
        take(monitor.tick(step[1], step[2]))
        break
      case 'context':
        take(monitor.setContext(step[1]))
        break
      default: {
        const record = records.get(`${step[0]}/${step[1]}`)
        const input = record === undefined ? undefined : inputOf(record)
        if (record !== undefined && input !== undefined) take(analysis.take(record, input).outputs)
      }
    }
  }
  return { found, remarks }
}

function startOf(pin: EvidencePin): { snapshot: MonitorSnapshot | undefined; remarks: string[] } {
  const remarks = pin.missing.length === 0 ? [] : [`Could not be pinned, and lacks here: ${pin.missing.join(', ')}`]
  if (pin.state === null) return { snapshot: undefined, remarks }
  const { version, monitor } = decodeState(Buffer.from(pin.state, 'base64'))
  if (version === MONITOR_VERSION) return { snapshot: monitor, remarks }
  const other = `The state is of version ${version}, and this code reads ${MONITOR_VERSION}: analysed from the window's data alone`
  return { snapshot: undefined, remarks: [...remarks, other] }
}

function recordsOf({ records, partition }: EvidencePin): Map<string, StoredRecord> {
  return new Map(
    records.map((record) => [
      `${record.topic}/${record.offset}`,
      { ...record, partition, value: Uint8Array.from(Buffer.from(record.value, 'base64')) },
    ]),
  )
}

/** As it is after a way through the log. */
export function asWritten<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
