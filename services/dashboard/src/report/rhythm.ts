import type { BeatClass, Finding, FindingType } from '@pulsewire/contracts'

export type Beat = readonly [timeMs: number, kind: BeatClass]

/** An interval between two neighbouring beats. */
export interface RrInterval {
  readonly atMs: number
  readonly rrMs: number
}

export interface RhythmSummary {
  readonly beats: number
  readonly byClass: Readonly<Record<BeatClass, number>>
  readonly longest: RrInterval | undefined
  readonly shortest: RrInterval | undefined
  /** Stretches between beats in which nothing was found missing: the signal was interrupted. */
  readonly interruptions: number
}

/** Neighbouring beats are further apart than this only where a finding says so, ms; else the signal was interrupted. */
const TRUSTED_RR_MS = 2000
const SLOW: ReadonlySet<FindingType> = new Set(['pause', 'asystole', 'bradycardia', 'extreme-bradycardia', 'av-block'])

/** Beats of one lead, in order of time, summed up. An interval over a gap in the signal is no interval. */
export function summarizeBeats(beats: readonly Beat[], findings: readonly Finding[]): RhythmSummary {
  const byClass: Record<BeatClass, number> = { N: 0, S: 0, V: 0, F: 0, Q: 0 }
  const slow = findings.filter(({ type }) => SLOW.has(type))
  const isSaid = (from: number, to: number) =>
    slow.some(({ onset, end, seenUntil }) => onset <= to && (end ?? seenUntil) >= from)
  let [longest, shortest]: [RrInterval | undefined, RrInterval | undefined] = [undefined, undefined]
  let interruptions = 0
  for (const [index, [atMs, kind]] of beats.entries()) {
    byClass[kind] += 1
    const before = beats[index - 1]?.[0]
    if (before === undefined) continue
    const interval = { atMs: before, rrMs: atMs - before }
    if (interval.rrMs > TRUSTED_RR_MS && !isSaid(before, atMs)) {
      interruptions += 1
      continue
    }
    if (interval.rrMs > (longest?.rrMs ?? 0)) longest = interval
    if (interval.rrMs < (shortest?.rrMs ?? Infinity)) shortest = interval
  }
  return { beats: beats.length, byClass, longest, shortest, interruptions }
}

/** How often something was found, for how long in all, and the longest of them. */
export interface EpisodeSummary {
  readonly type: FindingType
  readonly count: number
  readonly totalMs: number
  readonly longestMs: number
  readonly firstAt: number
}

const RHYTHMS: readonly FindingType[] = [
  'asystole',
  'ventricular-fibrillation',
  'ventricular-tachycardia',
  'idioventricular-rhythm',
  'extreme-tachycardia',
  'tachycardia',
  'extreme-bradycardia',
  'bradycardia',
  'pause',
  'av-block',
  'atrial-fibrillation',
  'ventricular-bigeminy',
  'ventricular-trigeminy',
  'st-episode',
  'myocardial-infarction',
]

/** Rhythm and ST episodes by type, cut to `[from, to)`; the gravest types first. */
export function episodesOf(findings: readonly Finding[], from: number, to: number): EpisodeSummary[] {
  return RHYTHMS.flatMap((type) => {
    const ofType = findings.filter((finding) => finding.type === type && finding.onset < to)
    const lengths = ofType.map(({ onset, end, seenUntil }) =>
      Math.max(0, Math.min(to, end ?? seenUntil) - Math.max(from, onset)),
    )
    if (ofType.length === 0) return []
    return [
      {
        type,
        count: ofType.length,
        totalMs: lengths.reduce((sum, each) => sum + each, 0),
        longestMs: Math.max(...lengths),
        firstAt: Math.min(...ofType.map(({ onset }) => onset)),
      },
    ]
  })
}
