import type { EcgOutput, RhythmType } from '../types.ts'

/** A rhythm that is going on. */
export interface Episode {
  type: RhythmType
  onsetMs: number
  saidMs: number
  confidence: number
}

export interface EpisodeBook {
  open: Episode[]
}

/** What is said about an episode at one moment. */
export interface Statement {
  timeMs: number
  confidence: number
  evidence: Record<string, number | string>
}

const UPDATE_MS = 5000

export function createEpisodeBook(): EpisodeBook {
  return { open: [] }
}

export function isOpen(book: EpisodeBook, type: RhythmType): boolean {
  return book.open.some((episode) => episode.type === type)
}

/** Opens an episode, or goes on with the open one of its type (said at most every 5 s). */
export function hold(book: EpisodeBook, type: RhythmType, onsetMs: number, said: Statement, out: EcgOutput[]): void {
  const { timeMs, confidence, evidence } = said
  const open = book.open.find((episode) => episode.type === type)
  if (open === undefined) {
    book.open.push({ type, onsetMs, saidMs: timeMs, confidence })
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

/** Ends the open episode of a type, if there is one. */
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
  for (const { type } of book.open.slice()) release(book, type, endMs, timeMs, out, { reason: 'signal lost' })
}
