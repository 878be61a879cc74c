import { PRIORITY_RANK } from '@pulsewire/alarms'
import type { AlarmPriority, Finding } from '@pulsewire/contracts'
import type { DetectionOutput } from '@pulsewire/detection'

/** Tells which findings newly ask for an alarm, or for a louder one: those whose input is pinned. */
export interface AlarmMarks {
  /** The outputs, with the name of its pin on each of those. */
  marked(outputs: readonly DetectionOutput[]): readonly DetectionOutput[]
}

type Asked = Pick<Finding, 'late'> & { readonly priority: AlarmPriority }

/** @param open what had been said before: it does not ask anew */
export function createAlarmMarks(open: readonly Finding[]): AlarmMarks {
  const asked = new Map<string, Asked>()
  const isNew = (finding: Finding): boolean => {
    const before = asked.get(finding.id)
    const { priority, late, status } = finding
    if (priority === undefined || status === 'ended') asked.delete(finding.id)
    else asked.set(finding.id, { priority, late })
    if (priority === undefined) return false
    if (before === undefined) return true
    if (status === 'ended') return false
    return PRIORITY_RANK[priority] > PRIORITY_RANK[before.priority] || (before.late && !late)
  }
  for (const finding of open) isNew(finding)
  return {
    marked: (outputs) =>
      outputs.map((output) => {
        if (output.kind !== 'finding' || !isNew(output.record)) return output
        return { kind: 'finding', record: { ...output.record, pin: pinIdOf(output.record) } }
      }),
  }
}

/** The name under which the input of a finding is pinned: the same when it is found again after a restart, whatever it shares its pin with then. */
function pinIdOf({ id, priority, late }: Finding): string {
  return [id, priority ?? 'none', ...(late ? ['late'] : [])].join('.')
}
