import type { AlarmPriority, Finding, FindingType } from '@pulsewire/contracts'

/** An alarm that would ring, out of all that was written of its finding. */
export interface Ring {
  readonly id: string
  readonly type: FindingType
  readonly code?: string
  readonly side?: 'low' | 'high'
  readonly device?: string
  readonly onset: number
  /** Event time of its end, or up to which it had been seen. */
  readonly end: number
  /** Event time at which it asked for an alarm first. */
  readonly ringsAt: number
  /** The highest that it had. */
  readonly priority: AlarmPriority
  readonly message: string
}

const RANK: Readonly<Record<AlarmPriority, number>> = { high: 3, medium: 2, low: 1 }

/** What rang, by its onset: not what was old when it came, and what was withdrawn. */
export function ringsOf(findings: readonly Finding[]): Ring[] {
  const rings = new Map<string, Ring>()
  for (const { id, type, code, side, device, onset, end, seenUntil, late, priority, message, evidence } of findings) {
    const known = rings.get(id)
    const until = end ?? seenUntil
    if (evidence['withdrawn'] !== undefined) rings.delete(id)
    else if (known !== undefined) {
      const louder = priority !== undefined && RANK[priority] > RANK[known.priority]
      rings.set(id, { ...known, end: until, ...(louder ? { priority, message } : {}) })
    } else if (priority !== undefined && !late) {
      const of = { ...(code === undefined ? {} : { code }), ...(side === undefined ? {} : { side }), ...(device === undefined ? {} : { device }) } // prettier-ignore
      rings.set(id, { id, type, ...of, onset, end: until, ringsAt: seenUntil, priority, message })
    }
  }
  return [...rings.values()].toSorted((a, b) => a.onset - b.onset || (a.id < b.id ? -1 : 1))
}

export interface RingComparison {
  readonly both: readonly { readonly present: Ring; readonly candidate: Ring }[]
  readonly onlyPresent: readonly Ring[]
  readonly onlyCandidate: readonly Ring[]
}

/** One to one: the same type, vital, side and device, and at the same time. */
export function compareRings(present: readonly Ring[], candidate: readonly Ring[]): RingComparison {
  const left = new Set(candidate)
  const both: { present: Ring; candidate: Ring }[] = []
  const onlyPresent: Ring[] = []
  for (const ring of present) {
    const same = [...left].find((other) => isSame(ring, other))
    if (same === undefined) onlyPresent.push(ring)
    else {
      left.delete(same)
      both.push({ present: ring, candidate: same })
    }
  }
  return { both, onlyPresent, onlyCandidate: [...left] }
}

function isSame(a: Ring, b: Ring): boolean {
  const alike = a.type === b.type && a.code === b.code && a.side === b.side && a.device === b.device
  return alike && a.onset <= b.end && b.onset <= a.end
}

/** The comparison in words: a line an alarm that differs, and the sums. `fromMs` = 0 of the times. */
export function comparisonText(name: string, comparison: RingComparison, fromMs: number): string {
  const { both, onlyPresent, onlyCandidate } = comparison
  const at = (ms: number): string => `${((ms - fromMs) / 1_000).toFixed(1)} s`
  const line = (mark: string, { type, priority, onset, ringsAt, message }: Ring): string =>
    `  ${mark} ${type} ${priority}, onset ${at(onset)}, rings ${at(ringsAt)}: ${message}`
  const changed = both.filter(
    ({ present, candidate }) => present.priority !== candidate.priority || present.ringsAt !== candidate.ringsAt,
  )
  return [
    `${name}: ${both.length} alarms under both rules (${changed.length} of them later, earlier or of another priority), ${onlyPresent.length} only under those in force, ${onlyCandidate.length} only under the candidate`,
    ...onlyPresent.map((ring) => line('-', ring)),
    ...onlyCandidate.map((ring) => line('+', ring)),
    ...changed.map(
      ({ present, candidate }) =>
        `  ~ ${present.type} ${present.priority} at ${at(present.ringsAt)} → ${candidate.priority} at ${at(candidate.ringsAt)}`,
    ),
    '',
  ].join('\n')
}

/** One line of JSON each. */
export function comparisonLines(comparison: RingComparison): string {
  const { both, onlyPresent, onlyCandidate } = comparison
  const lines = [
    ...onlyPresent.map((present) => ({ only: 'present', present })),
    ...onlyCandidate.map((candidate) => ({ only: 'candidate', candidate })),
    ...both.map((pair) => ({ laterMs: pair.candidate.ringsAt - pair.present.ringsAt, ...pair })),
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
