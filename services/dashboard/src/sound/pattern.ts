import type { AlarmPriority } from '@pulsewire/contracts'

/** One pulse of a burst. */
export interface Pulse {
  startMs: number
  durationMs: number
  /** Fundamental, Hz: between 150 and 1000, with the harmonics of `HARMONICS`. */
  frequencyHz: number
}

export interface BurstPattern {
  pulses: readonly Pulse[]
  lengthMs: number
  /** From the end of a burst to the start of the next. */
  pauseMs: number
}

/** Relative strength of the fundamental and five harmonics; at least four are asked for. [K, IEC 60601-1-8 table 4] */
export const HARMONICS: readonly number[] = [1, 0.8, 0.6, 0.45, 0.3, 0.2]
/** Share of a pulse in which it rises: alerts without startling. [K] */
export const RISE_SHARE = 0.1

function burst(
  durationMs: number,
  gapsMs: readonly number[],
  frequencies: readonly number[],
  pauseMs: number,
): BurstPattern {
  let startMs = 0
  const pulses = frequencies.map((frequencyHz, index) => {
    const pulse = { startMs, durationMs, frequencyHz }
    startMs += durationMs + (gapsMs[index] ?? 0)
    return pulse
  })
  return { pulses, lengthMs: startMs, pauseMs }
}

const G4 = 392
const C5 = 523.25
const E5 = 659.26
const HIGH_GROUP = [C5, C5, C5, E5, E5]

/** [K] Bursts by priority: high 3 + 2 pulses twice, medium 3, low 2. Kept in this one table so that it can be checked and changed. */
export const PATTERNS: Readonly<Record<AlarmPriority, BurstPattern>> = {
  high: burst(150, [100, 100, 350, 100, 700, 100, 100, 350, 100], [...HIGH_GROUP, ...HIGH_GROUP], 4000),
  medium: burst(200, [180, 180], [C5, C5, G4], 8000),
  low: burst(200, [200], [G4, G4], 30_000),
}
