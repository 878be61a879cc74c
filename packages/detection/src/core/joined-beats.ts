import { strangeness, type LeadView, type SeenBeat } from './lead-view.ts'

/** Marks of one beat in several leads lie within this (the window of EC57): a wide complex has its main wave elsewhere in another lead. */
const SAME_BEAT_MS = 150
/** No two beats are closer than this. */
const APART_MS = 200

/** A beat as the leads together saw it. */
export interface JoinedBeat {
  readonly timeMs: number
  /** Mean over the leads that saw it: see `strangeness`. */
  readonly strangeness: number
  /** In the lead in which it looks most normal. */
  readonly least: number
  /** Leads that saw it. */
  readonly seenBy: number
  /** One of them called it ventricular. */
  readonly isCalledVentricular: boolean
}

/**
 * The beats of several leads since `fromMs` as one list, up to where all of them have said what they saw. The clearest lead leads: what
 * another one saw is put to its beats, or stands alone where it saw none.
 */
export function joinBeats(leads: readonly LeadView[], fromMs: number): JoinedBeat[] {
  if (leads.length === 0) return []
  const untilMs = Math.min(...leads.map(({ saidUntilMs }) => saidUntilMs))
  const byClarity = leads.toSorted((a, b) => b.clarity - a.clarity || (a.key < b.key ? -1 : 1))
  const joined: Joining[] = []
  for (const view of byClarity) {
    const known = joined.length
    for (const beat of view.beats) {
      const [timeMs] = beat
      if (timeMs <= fromMs || timeMs > untilMs) continue
      join(joined, known, beat, strangeness(view, beat))
    }
    if (known > 0) joined.sort((a, b) => a.timeMs - b.timeMs)
  }
  return joined.map(({ sum, ...beat }) => ({ ...beat, strangeness: sum / beat.seenBy }))
}

interface Joining {
  timeMs: number
  sum: number
  least: number
  seenBy: number
  isCalledVentricular: boolean
}

function join(joined: Joining[], known: number, [timeMs, beatClass]: SeenBeat, strange: number): void {
  let nearest = Infinity
  let same: (typeof joined)[number] | undefined
  for (let i = 0; i < known; i++) {
    const other = joined[i]
    if (other === undefined) continue
    const apart = Math.abs(other.timeMs - timeMs)
    if (apart >= nearest) continue
    nearest = apart
    same = other
  }
  if (same !== undefined && nearest <= SAME_BEAT_MS) {
    same.sum += strange
    same.seenBy += 1
    same.least = Math.min(same.least, strange)
    same.isCalledVentricular ||= beatClass === 'V'
  } else if (nearest > APART_MS)
    joined.push({ timeMs, sum: strange, least: strange, seenBy: 1, isCalledVentricular: beatClass === 'V' })
}
