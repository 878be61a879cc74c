import { spanOf, type StaffCommand } from '@pulsewire/contracts'
import type { TimeRange } from '@pulsewire/vitals-store'

/** How many commands are remembered, until the store has them for sure. */
const KEPT = 2_000

/** What staff did lately, as the topic `staff-commands` tells it. It does not read by itself: the live hub feeds it. */
export interface StaffView {
  learn(command: StaffCommand): void
  /** Of a patient, what is about the range, in the order of the log. */
  of(patient: string, range: TimeRange): StaffCommand[]
  /** Resolves once the command of this id was learned (true), or when that takes longer (false). */
  learned(id: string, timeoutMs: number): Promise<boolean>
}

export function createStaffView(): StaffView {
  const kept = new Map<string, StaffCommand>()
  const waiting = new Map<string, () => void>()
  return {
    learn: (command) => {
      if (!kept.has(command.id)) kept.set(command.id, withoutAlarm(command))
      const oldest = kept.size > KEPT ? kept.keys().next().value : undefined
      if (oldest !== undefined) kept.delete(oldest)
      waiting.get(command.id)?.()
    },
    of: (patient, range) => [...kept.values()].filter((each) => each.patient === patient && isAbout(each, range)),
    learned: (id, timeoutMs) => {
      if (kept.has(id)) return Promise.resolve(true)
      return new Promise((resolve) => {
        const settle = (known: boolean): void => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(known)
        }
        const timer = setTimeout(() => settle(false), timeoutMs)
        waiting.set(id, () => settle(true))
      })
    },
  }
}

/** Whether a command is about a part of the range: as the store counts it. */
export function isAbout(command: StaffCommand, { from, to }: TimeRange): boolean {
  const span = spanOf(command)
  return span.from < to && span.until >= from
}

/** The alarm that a verdict brings along is told as an alarm. */
export function withoutAlarm(command: StaffCommand): StaffCommand {
  if (command.type !== 'verdict') return command
  const { ended: _ended, ...rest } = command
  return rest
}
