import type { Alarm } from '@pulsewire/contracts'
import { ringingOf } from './alarm-burden.ts'
import { createLimitState, stepLimit, type Limit, type LimitSide, type LimitWatchOptions } from './limit-watch.ts'

/** Another rule for alarms that there were: each part narrows. */
export interface CandidateRule {
  /** How long a condition must last before it rings, from its onset. */
  readonly delayMs?: number
  /** Wider limits: what never went beyond does not ring. An absent side is not watched. */
  readonly limit?: Limit
}

/** What another rule would have done to the alarms that there were. */
export interface WhatIf {
  readonly rang: number
  /** Of those that staff had confirmed. */
  readonly confirmed: number
  readonly wouldRing: number
  /** Spared, and nobody had confirmed them. */
  readonly spared: number
  /** Spared of which nobody said whether they were true: the price is at least what is missed, at most these too. */
  readonly unjudged: number
  /** The ids of the first of these, to judge each. */
  readonly unjudgedAlarms: readonly string[]
  /** Not rung although staff had confirmed them: the price. */
  readonly missed: number
  /** The ids of the first of the missed, to look at each. */
  readonly missedAlarms: readonly string[]
}

/** So many missed and unjudged alarms are named. */
export const MISSED_NAMED = 1_000

export interface WhatIfMeter {
  /** Takes an alarm as it stands now, each once; what never rang does not count. */
  take(alarm: Alarm): void
  report(): WhatIf
}

/**
 * What a longer delay or wider limits would have done. Alarms say nothing of a rule that rings more often than the one they came from: see
 * `createLimitReplay`. An alarm that does not say how bad it was rings on.
 */
export function createWhatIfMeter(rule: CandidateRule): WhatIfMeter {
  let [rang, confirmed, wouldRing, spared, unjudged, missed] = [0, 0, 0, 0, 0, 0]
  const missedAlarms: string[] = []
  const unjudgedAlarms: string[] = []
  return {
    take: (alarm) => {
      if (ringingOf(alarm) === undefined) return
      rang++
      const verdict = alarm.verdict?.verdict
      if (verdict === 'confirmed') confirmed++
      if (wouldHaveRung(alarm, rule)) {
        wouldRing++
      } else if (verdict === 'confirmed') {
        missed++
        if (missedAlarms.length < MISSED_NAMED) missedAlarms.push(alarm.id)
      } else {
        spared++
        if (verdict !== undefined) return
        unjudged++
        if (unjudgedAlarms.length < MISSED_NAMED) unjudgedAlarms.push(alarm.id)
      }
    },
    report: () => ({ rang, confirmed, wouldRing, spared, unjudged, unjudgedAlarms, missed, missedAlarms }),
  }
}

function wouldHaveRung(alarm: Alarm, { delayMs = 0, limit }: CandidateRule): boolean {
  // What goes on may yet last long enough.
  if ((alarm.conditionEndedAt ?? Infinity) - alarm.onset < delayMs) return false
  const worst = alarm.evidence['worst']
  if (limit === undefined || typeof worst !== 'number' || alarm.side === undefined) return true
  const bound = limit[alarm.side]
  return bound !== undefined && (alarm.side === 'low' ? worst < bound : worst > bound)
}

export interface LimitEpisode {
  readonly side: LimitSide
  /** First value outside, and when it would have rung. */
  readonly sinceMs: number
  readonly ringsMs: number
  readonly endMs?: number
}

/** A rule on stored values next to what rang. */
export interface LimitReplayReport {
  readonly values: number
  readonly episodes: number
  /** By 24 hours between the first and the last value. */
  readonly perDay: number
  /** The confirmed alarms in whose time it would not have rung. */
  readonly missed: number
  readonly missedAlarms: readonly string[]
}

export interface LimitReplay {
  /** Values of one series, in the order of their time. */
  take(timeMs: number, value: number): void
  /** @param alarms of this patient and vital; those that staff confirmed are looked for */
  report(alarms: readonly Alarm[]): LimitReplayReport
  readonly episodes: readonly LimitEpisode[]
}

const DAY_MS = 24 * 60 * 60_000

/** The episodes that any limit and delay, tighter ones too, would have found in stored values. */
export function createLimitReplay(limit: Limit, options: LimitWatchOptions): LimitReplay {
  const state = createLimitState()
  const episodes: LimitEpisode[] = []
  let [values, firstMs, lastMs] = [0, Infinity, -Infinity]
  return {
    episodes,
    take: (timeMs, value) => {
      values++
      firstMs = Math.min(firstMs, timeMs)
      lastMs = Math.max(lastMs, timeMs)
      for (const step of stepLimit(state, { timeMs, value }, limit, options)) {
        const last = episodes.at(-1)
        if (step.kind === 'opened') episodes.push({ side: step.side, sinceMs: step.sinceMs, ringsMs: timeMs })
        else if (step.kind === 'ended' && last !== undefined) {
          episodes[episodes.length - 1] = { ...last, endMs: step.atMs }
        }
      }
    },
    report: (alarms) => {
      const missed = alarms.filter((alarm) => {
        if (alarm.verdict?.verdict !== 'confirmed' || ringingOf(alarm) === undefined) return false
        const endMs = alarm.conditionEndedAt ?? Infinity
        return !episodes.some(
          (episode) =>
            (alarm.side === undefined || episode.side === alarm.side) &&
            episode.ringsMs <= endMs &&
            (episode.endMs ?? Infinity) >= alarm.onset,
        )
      })
      const days = values === 0 ? 0 : (lastMs - firstMs) / DAY_MS
      return {
        values,
        episodes: episodes.length,
        perDay: days > 0 ? episodes.length / days : 0,
        missed: missed.length,
        missedAlarms: missed.slice(0, MISSED_NAMED).map(({ id }) => id),
      }
    },
  }
}
