import { strangeness, type LeadView, type SeenBeat } from './lead-view.ts'

/** Marks of one beat in several leads lie within this (the window of EC57): a wide complex has its main wave elsewhere in another lead. */
const SAME_BEAT_MS = 150
/** No two beats are closer than this. */
const APART_MS = 200

/** A beat as the leads together saw it. */
export interface JoinedBeat {
  readonly timeMs: number
  /** Mean over the leads that know it: see `strangeness`. NaN where none does. */
  readonly strangeness: number
  /** In the lead in which it looks most normal; NaN as well. */
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
    const earlier = joined.length
    for (const beat of view.beats) {
      const [timeMs] = beat
      if (timeMs <= fromMs || timeMs > untilMs) continue
      join(joined, earlier, beat, strangeness(view, beat))
    }
    if (earlier > 0) joined.sort((a, b) => a.timeMs - b.timeMs)
  }
  return joined.map(({ known, ...beat }) => ({
    ...beat,
    strangeness: known.reduce((sum, strange) => sum + strange, 0) / known.length,
    least: known.length === 0 ? NaN : Math.min(...known),
  }))
}

interface Joining {
  timeMs: number
  /** Strangeness in the leads that know it. */
  known: number[]
  seenBy: number
  isCalledVentricular: boolean
}

function join(joined: Joining[], earlier: number, [timeMs, beatClass]: SeenBeat, strange: number): void {
  let nearest = Infinity
  let same: (typeof joined)[number] | undefined
  for (let i = 0; i < earlier; i++) {
    const other = joined[i]
    if (other === undefined) continue
    const apart = Math.abs(other.timeMs - timeMs)
    if (apart >= nearest) continue
    nearest = apart
    same = other
  }
  const known = Number.isNaN(strange) ? [] : [strange]
  if (same !== undefined && nearest <= SAME_BEAT_MS) {
    same.known.push(...known)
    same.seenBy += 1
    same.isCalledVentricular ||= beatClass === 'V'
  } else if (nearest > APART_MS) joined.push({ timeMs, known, seenBy: 1, isCalledVentricular: beatClass === 'V' })
}
