import type { EcgOutput, RhythmType } from '../types.ts'

/** A rhythm that is going on. */
export interface Episode {
  type: RhythmType
  onsetMs: number
  saidMs: number
  confidence: number
  /** Since when the detector that opened it sees it no more, while it is pinned; NaN = it does. */
  unseenMs: number
}

export interface EpisodeBook {
  open: Episode[]
  /** Rhythms that another detector sees going on: the one that opened them does not end them. */
  pinned: RhythmType[]
}

/** What is said about an episode at one moment. */
export interface Statement {
  timeMs: number
  confidence: number
  evidence: Record<string, number | string>
}

const UPDATE_MS = 5000

export function createEpisodeBook(): EpisodeBook {
  return { open: [], pinned: [] }
}

export function isOpen(book: EpisodeBook, type: RhythmType): boolean {
  return book.open.some((episode) => episode.type === type)
}

/** Opens an episode, or goes on with the open one of its type (said at most every 5 s). */
export function hold(book: EpisodeBook, type: RhythmType, onsetMs: number, said: Statement, out: EcgOutput[]): void {
  const { timeMs, confidence, evidence } = said
  const open = book.open.find((episode) => episode.type === type)
  if (open !== undefined) open.unseenMs = NaN
  if (open === undefined) {
    book.open.push({ type, onsetMs, saidMs: timeMs, confidence, unseenMs: NaN })
    out.push({ kind: 'rhythm', phase: 'onset', type, onsetMs, timeMs, confidence, evidence })
  } else if (timeMs - open.saidMs >= UPDATE_MS) {
    open.saidMs = timeMs
    open.confidence = Math.max(open.confidence, confidence)
    out.push({
      kind: 'rhythm',
      phase: 'update',
      type,
      onsetMs: open.onsetMs,
      timeMs,
      confidence: open.confidence,
      evidence,
    })
  }
}

/** Another detector sees it going on: it stays open. */
export function pin(book: EpisodeBook, type: RhythmType): void {
  if (!book.pinned.includes(type)) book.pinned.push(type)
}

/** No longer so: what would have ended meanwhile ends, and not before `seenMs`. */
export function unpin(book: EpisodeBook, type: RhythmType, seenMs: number, timeMs: number, out: EcgOutput[]): void {
  if (!book.pinned.includes(type)) return
  book.pinned = book.pinned.filter((other) => other !== type)
  const open = book.open.find((episode) => episode.type === type)
  if (open !== undefined && !Number.isNaN(open.unseenMs))
    release(book, type, Math.max(open.unseenMs, seenMs), timeMs, out)
}

/** Ends the open episode of a type, if there is one and it is not pinned. */
export function release(
  book: EpisodeBook,
  type: RhythmType,
  endMs: number,
  timeMs: number,
  out: EcgOutput[],
  evidence: Record<string, number | string> = {},
): void {
  const open = book.open.find((episode) => episode.type === type)
  if (open === undefined) return
  if (book.pinned.includes(type)) {
    if (Number.isNaN(open.unseenMs)) open.unseenMs = endMs
    return
  }
  book.open = book.open.filter((episode) => episode !== open)
  const { onsetMs, confidence } = open
  out.push({
    kind: 'rhythm',
    phase: 'end',
    type,
    onsetMs,
    endMs: Math.max(onsetMs, endMs),
    timeMs,
    confidence,
    evidence,
  })
}

/** Ends everything: the signal is gone. */
export function releaseAll(book: EpisodeBook, endMs: number, timeMs: number, out: EcgOutput[]): void {
  book.pinned = []
  for (const { type } of book.open.slice()) release(book, type, endMs, timeMs, out, { reason: 'signal lost' })
}
