import type {
  AlarmPriority,
  BeatsRecord,
  DerivedRecord,
  Finding,
  Limits,
  LogPosition,
  Patient,
  StaffCommand,
  TelemetryHeaders,
  UplinkMessage,
  VitalValues,
} from '@pulsewire/contracts'
import type { EcgAnalyzer, EcgAnalyzerOptions, EcgSnapshot } from '@pulsewire/ecg'

/** What a detector knows of a patient beside the data, from the registry. */
export interface PatientContext {
  readonly limits?: Limits | undefined
  readonly spo2Scale?: 1 | 2 | undefined
  readonly sex?: Patient['sex'] | undefined
  /** ISO date. */
  readonly dateOfBirth?: string | undefined
  /** Scores for adults do not hold in pregnancy. */
  readonly pregnant?: boolean | undefined
  /** The devices that the patient wears now, and since when (ms). */
  readonly devices: readonly { readonly id: string; readonly since: number }[]
}

/** One record of `telemetry`, decoded. */
export interface TelemetryInput {
  readonly headers: TelemetryHeaders
  readonly uplink: UplinkMessage
  readonly position: LogPosition
}

/** One record of `staff-commands`, decoded. */
export interface StaffInput {
  readonly command: StaffCommand
  readonly position: LogPosition
}

/** What goes to the `findings` topic; `kind` is the record's header. */
export type DetectionOutput =
  | { readonly kind: 'finding'; readonly record: Finding }
  | { readonly kind: 'beats'; readonly record: BeatsRecord }
  | { readonly kind: 'derived'; readonly record: DerivedRecord }

/** What the analysis takes in, one after the other: plain data, so that it can be kept and analysed again. */
export type CoreItem =
  | {
      readonly kind: 'telemetry'
      readonly headers: TelemetryHeaders
      readonly uplink: UplinkMessage
      readonly position: string
    }
  | {
      readonly kind: 'observation'
      readonly timeMs: number
      readonly receivedAt: number
      readonly vitals: VitalValues
      readonly by: string
      readonly position: string
    }
  | { readonly kind: 'context'; readonly context: PatientContext }

/** Where the analysis stands while it takes in an item. */
export interface Moment {
  /** Event time up to which the data has been seen, ms. */
  readonly timeMs: number
  readonly late: boolean
  readonly position: string
  readonly device: string
}

/** A finding as an analysis states it; the book makes the record of it. */
export interface FindingStatement {
  readonly type: Finding['type']
  /** Tells findings of one type apart (a lead, a vital, a device). */
  readonly qualifier?: string | undefined
  readonly onset: number
  readonly device?: string | undefined
  readonly confidence: number
  readonly quality: number
  /** Absent: a finding only, no alarm. */
  readonly priority?: AlarmPriority | undefined
  readonly message: string
  readonly evidence: Finding['evidence']
  readonly code?: string | undefined
  readonly side?: 'low' | 'high' | undefined
  /** What changes is written at once, not with the next update: it is not said again. */
  readonly atOnce?: boolean
}

export type EcgAnalyzerFactory = (options: EcgAnalyzerOptions, snapshot?: EcgSnapshot) => EcgAnalyzer
