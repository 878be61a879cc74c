import type { Alarm } from '@pulsewire/contracts'

const RANK = { high: 0, medium: 1, low: 2 } as const

/** The alarms whose strips a report shows where nobody chooses: the gravest, those that staff confirmed first, never one that was false. */
export function importantAlarms(alarms: readonly Alarm[], most: number): Alarm[] {
  return alarms
    .filter(({ kind, verdict }) => kind === 'physiological' && verdict?.verdict !== 'false')
    .filter(({ type }) => type !== 'limit' && type !== 'news2' && type !== 'trend' && type !== 'sepsis-risk')
    .sort(
      (one, other) =>
        RANK[one.priority] - RANK[other.priority] ||
        Number(other.verdict !== undefined) - Number(one.verdict !== undefined) ||
        one.onset - other.onset,
    )
    .slice(0, most)
    .sort((one, other) => one.onset - other.onset)
}
