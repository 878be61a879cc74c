import { MISSING_SAMPLE, type WaveformSignal } from '@pulsewire/contracts'

/** No two pulses are closer than this (200 /min). */
const REFRACTORY_MS = 300
/** A pulse rises by at least this share of what the pulses rose by lately. */
const RISE_SHARE = 0.4
/** Pulses are remembered so long. */
const KEEP_MS = 20_000
/** The wave is taken at about this rate: pulses are slow, and the state stays small. */
const WORK_RATE_HZ = 25

/**
 * Finds pulses in a photoplethysmogram by their rise: enough to say that a heart beats while the ECG looks as if it did not, no more.
 * Plain data.
 */
export interface PulseWaveState {
  pulses: number[]
  /** The lowest value since the last pulse. */
  trough?: number | undefined
  /** What a pulse rises by, averaged; learnt from the first ones. */
  rise?: number | undefined
  high?: number | undefined
  rising: boolean
  lastMs: number
}

export function createPulseWaveState(): PulseWaveState {
  return { pulses: [], rising: false, lastMs: 0 }
}

/** Takes a block of PPG in. Samples are used at the times of a grid of event time, so that block sizes do not matter. */
export function followPulseWave(state: PulseWaveState, startMs: number, rateHz: number, signal: WaveformSignal): void {
  const stepMs = 1000 / Math.min(rateHz, WORK_RATE_HZ)
  const periodMs = 1000 / rateHz
  for (let i = 0; i < signal.samples.length; i++) {
    const timeMs = startMs + i * periodMs
    const raw = signal.samples[i] ?? MISSING_SAMPLE
    if (timeMs <= state.lastMs) continue
    const onGrid = Math.floor((timeMs + 1e-6) / stepMs) !== Math.floor((timeMs - periodMs + 1e-6) / stepMs)
    if (!onGrid) continue
    if (raw === MISSING_SAMPLE || timeMs - state.lastMs > 1_000) forget(state)
    state.lastMs = timeMs
    if (raw !== MISSING_SAMPLE) follow(state, timeMs, (raw - signal.offset) * signal.scale)
  }
  while ((state.pulses[0] ?? state.lastMs) < state.lastMs - KEEP_MS) state.pulses.shift()
}

function forget(state: PulseWaveState): void {
  state.trough = undefined
  state.high = undefined
  state.rising = false
}

function follow(state: PulseWaveState, timeMs: number, value: number): void {
  if (state.trough === undefined || state.high === undefined) {
    state.trough = value
    state.high = value
    return
  }
  if (!state.rising) {
    state.trough = Math.min(state.trough, value)
    const rise = value - state.trough
    const enough = state.rise === undefined ? rise > 0 : rise > RISE_SHARE * state.rise
    if (enough && timeMs - (state.pulses.at(-1) ?? 0) >= REFRACTORY_MS) {
      state.rising = true
      state.high = value
    }
    return
  }
  state.high = Math.max(state.high, value)
  const rise = state.high - state.trough
  const fallen = state.high - value > 0.3 * rise
  if (!fallen) return
  if (state.rise === undefined || rise > RISE_SHARE * state.rise) {
    state.pulses.push(Math.round(timeMs))
    state.rise = state.rise === undefined ? rise : Math.min(state.rise * 0.8 + rise * 0.2, state.rise * 1.5)
  }
  state.rising = false
  state.trough = value
}
