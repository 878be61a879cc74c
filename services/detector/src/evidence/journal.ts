import type { Finding, PinStep } from '@pulsewire/contracts'
import { openFindingsOf, type DetectionOutput, type MonitorSnapshot, type PatientContext } from '@pulsewire/detection'
import type { Failing } from '../patient-analysis.ts'
import { createAlarmMarks } from './marks.ts'

/** A window has what the analysis took in since the last state but one before: half a minute to one and a half. */
const GENERATIONS = 3
/** A journal that names more than this (the records' bytes) has its state taken early: what is pinned stays small. */
const FULL_BYTES = 8 * 1024 * 1024
/** And one of somebody who sends nothing, after so many steps. */
const FULL_IDLE_STEPS = 300
/** What a step itself counts. */
const STEP_BYTES = 64

/** Where a window may begin: a state that is kept, or nothing. */
export interface Base {
  /** As in `detector-state`; undefined: the analysis began with nothing. */
  readonly state?: Uint8Array | undefined
  /** Gives the state the memory that it was kept without. Of the newest state only: it holds much. */
  readonly memory?: ((light: MonitorSnapshot) => MonitorSnapshot) | undefined
  readonly context: PatientContext
  readonly failing?: Failing | undefined
  /** The monitor's `revisions` then; undefined: the monitor was made from this very state (or from nothing), and has no memory of before. */
  readonly revisions?: number
  /** Late data was waiting to be put in its place. */
  readonly isGathering?: boolean
  /** The state could not be written, and what follows does not begin with it. */
  readonly isLost?: boolean
}

export interface Generation {
  readonly base: Base
  readonly steps: PinStep[]
}

/** What is to be pinned. */
export interface PinRequest {
  readonly patient: string
  /** The newest is the one in which the alarms were found; those before it are what led there, as far as it can still be read. */
  readonly generations: readonly Generation[]
  readonly findings: readonly Finding[]
  /** The monitor's `revisions` at the end. */
  readonly revisions: number
}

/**
 * What a patient's analysis took in lately, by reference: places in the log and times, so that it costs next to nothing while there is no alarm.
 * What was found asking for an alarm is pinned when the next state is kept, which is before it is committed: after a kill it is found again,
 * and pinned then. All alarms of that time share one pin.
 */
export interface Journal {
  /** `bytes` = of the record. */
  step(step: PinStep, bytes?: number): void
  /** The outputs, with the name of the pin on what newly asks for an alarm. */
  marked(outputs: readonly DetectionOutput[]): readonly DetectionOutput[]
  /** Whether something waits to be pinned. */
  readonly isAsked: boolean
  /** Whether the state should be taken before its time. */
  readonly isFull: boolean
  /** As `isFull`, where the state has not changed. */
  readonly isLong: boolean
  /** A state was taken: answers what is to be pinned, if anything is. */
  renew(base: Base & { readonly revisions: number }): PinRequest | undefined
}

export function createJournal(patient: string, first: Base, snapshot?: MonitorSnapshot): Journal {
  const before = first.failing === undefined ? [] : [first.failing.finding]
  const marks = createAlarmMarks([...(snapshot === undefined ? [] : openFindingsOf(snapshot)), ...before])
  let older: Generation[] = []
  let current: Generation = { base: first, steps: [] }
  let bytes = 0
  let asked: Finding[] = []

  return {
    step: (step, size = 0) => {
      current.steps.push(step)
      bytes += STEP_BYTES + size
    },
    marked: (outputs) => {
      if (outputs.length === 0) return outputs
      const said = marks.marked(outputs)
      for (const { kind, record } of said) {
        if (kind === 'finding' && record.pin !== undefined) asked.push(record)
      }
      return said
    },
    get isAsked() {
      return asked.length > 0
    },
    get isFull() {
      return bytes > FULL_BYTES
    },
    get isLong() {
      return current.steps.length > FULL_IDLE_STEPS
    },
    renew: (base) => {
      const generations = [...older, current]
      current = { base, steps: [] }
      bytes = 0
      if (asked.length === 0) {
        older = generations.slice(1 - GENERATIONS).map(withoutMemory)
        return undefined
      }
      const request: PinRequest = { findings: asked, patient, generations, revisions: base.revisions }
      asked = []
      // What is pinned is not pinned again.
      older = []
      return request
    },
  }
}

function withoutMemory({ base: { memory: _memory, ...base }, steps }: Generation): Generation {
  return { base, steps }
}
