import { decodeTelemetryHeaders, staffCommand, type Finding } from '@pulsewire/contracts'
import { decodeJson, decodeStored } from '@pulsewire/codec'
import type { DetectionOutput, PatientMonitor } from '@pulsewire/detection'
import type { StoredRecord } from '@pulsewire/event-log'
import { failureFinding, positionOf } from './input-records.ts'

/** The analysis of a patient counts as working again once it has not failed for so long. */
const FAILURE_OVER_AFTER_MS = 60_000

/** What a record is to the analysis: whose, and how it is taken in. */
export interface PatientInput {
  readonly patient: string
  /** Throws where the record cannot be read or analysed. */
  readonly feed: (monitor: Pick<PatientMonitor, 'telemetry' | 'staff'>) => DetectionOutput[]
}

/** Undefined where the record is nothing to any patient's analysis. Throws where nobody can tell whose it is. */
export function inputOf(record: StoredRecord): PatientInput | undefined {
  const { value } = record
  if (value === null) return undefined
  if (record.topic === 'telemetry') {
    const headers = decodeTelemetryHeaders(record.headers)
    const { patient } = headers
    // Nobody wears the device: there is nobody to alarm for.
    if (patient === undefined) return undefined
    return {
      patient,
      feed: (monitor) => {
        const { uplink } = decodeStored(headers.kind, value)
        return monitor.telemetry({ headers, uplink, position: positionOf(record) })
      },
    }
  }
  const command = staffCommand.parse(decodeJson(value))
  return { patient: command.patient, feed: (monitor) => monitor.staff({ command, position: positionOf(record) }) }
}

/** The analysis threw lately: what was said of it, and when (append time) it threw last. */
export interface Failing {
  readonly finding: Finding
  readonly lastAtMs: number
}

/** What came of a record. `failure`: the analysis threw. */
export interface Taken {
  readonly outputs: readonly DetectionOutput[]
  readonly failure?: { readonly error: unknown }
}

/** A patient's monitor, and what is said where it fails. The same for live analysis and for its repetition. */
export interface PatientAnalysis {
  readonly monitor: PatientMonitor
  readonly failing: Failing | undefined
  take(record: StoredRecord, input: PatientInput): Taken
}

export function createPatientAnalysis(patient: string, monitor: PatientMonitor, before?: Failing): PatientAnalysis {
  let failing = before
  return {
    monitor,
    get failing() {
      return failing
    },
    take: (record, input) => {
      let outputs: DetectionOutput[]
      try {
        outputs = input.feed(monitor)
      } catch (error) {
        const isNew = failing === undefined
        const finding = failing?.finding ?? failureFinding(patient, record, error)
        failing = { finding, lastAtMs: record.timestamp }
        return { outputs: isNew ? [{ kind: 'finding', record: finding }] : [], failure: { error } }
      }
      if (failing === undefined || record.timestamp - failing.lastAtMs < FAILURE_OVER_AFTER_MS) return { outputs }
      const { finding, lastAtMs } = failing
      const ended: Finding = { ...finding, status: 'ended', end: Math.max(finding.onset, lastAtMs) }
      failing = undefined
      return { outputs: [...outputs, { kind: 'finding', record: ended }] }
    },
  }
}
