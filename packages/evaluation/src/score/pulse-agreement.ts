import { createPulseWaveState, followPulseWave, isPulseSignal, type PulseSignal } from '@pulsewire/detection'
import { MISSING, type WfdbRecord } from '@pulsewire/wfdb'
import { contractNames } from '../run/contract-names.ts'
import { FIRST_SAMPLE_MS, UCUM, type ChainBeat } from '../run/whole-chain.ts'

/** Ten seconds of a record with an ECG and a pulse or pressure wave. */
export interface PulseWindow {
  readonly signal: PulseSignal
  /** By the beats of the ECG, and by the pulses of the wave; absent where fewer than five of them cover most of the window. */
  readonly ecgPerMin?: number
  readonly pulsePerMin?: number
}

const WINDOW_MS = 10_000
const LEAST = 5
const LEAST_COVERED_MS = 6_000
/** ANSI/AAMI EC13: what a meter of the heart rate may be off. */
const TOLERANCE = { share: 0.1, perMin: 5 } as const

/** The rates of a record's pulse and pressure waves beside that of its ECG, in back-to-back windows, nothing left out but where none of a wave was recorded. */
export function pulseWindows(record: WfdbRecord, beats: readonly ChainBeat[]): PulseWindow[] {
  const names = contractNames(record.signals)
  return record.signals.flatMap((signal, i) => {
    const name = names[i]
    if (name === undefined || !isPulseSignal(name)) return []
    const rateHz = record.rateHz * (signal.samplesPerFrame ?? 1)
    const pulses = pulsesOf(signal, name, rateHz)
    const perWindow = (rateHz * WINDOW_MS) / 1000
    return Array.from({ length: Math.floor(signal.samples.length / perWindow) }, (_, k) => k).flatMap((k) => {
      // Where the monitor recorded none of the wave, nothing is said of it.
      const recorded = signal.samples.subarray(Math.round(k * perWindow), Math.round((k + 1) * perWindow))
      if (recorded.every((sample) => sample === MISSING)) return []
      const fromMs = FIRST_SAMPLE_MS + k * WINDOW_MS
      const ecg = rateIn(beats.map(({ timeMs }) => timeMs), fromMs) // prettier-ignore
      const pulse = rateIn(pulses, fromMs)
      return [
        {
          signal: name,
          ...(ecg === undefined ? {} : { ecgPerMin: ecg }),
          ...(pulse === undefined ? {} : { pulsePerMin: pulse }),
        },
      ]
    })
  })
}

/** Both are there, and say the same rate. */
export function agree({ ecgPerMin, pulsePerMin }: PulseWindow): boolean {
  if (ecgPerMin === undefined || pulsePerMin === undefined) return false
  return Math.abs(ecgPerMin - pulsePerMin) <= Math.max(TOLERANCE.perMin, TOLERANCE.share * ecgPerMin)
}

function pulsesOf(signal: WfdbRecord['signals'][number], name: PulseSignal, rateHz: number): number[] {
  const { samples, unit, gainPerUnit, baseline } = signal
  const state = createPulseWaveState(name, 'record')
  const pulses: number[] = []
  const block = Math.round(rateHz)
  for (let from = 0; from < samples.length; from += block) {
    followPulseWave(state, FIRST_SAMPLE_MS + (1000 * from) / rateHz, rateHz, {
      name,
      unit: UCUM[unit] ?? unit,
      scale: 1 / gainPerUnit,
      offset: baseline,
      samples: samples.slice(from, from + block),
    })
    const last = pulses.at(-1) ?? -Infinity
    for (const { timeMs } of state.pulses) if (timeMs > last) pulses.push(timeMs)
  }
  return pulses
}

/** Per minute, of what lies in a window. */
function rateIn(times: readonly number[], fromMs: number): number | undefined {
  const inside = times.filter((timeMs) => timeMs >= fromMs && timeMs < fromMs + WINDOW_MS)
  const coveredMs = (inside.at(-1) ?? 0) - (inside[0] ?? 0)
  return inside.length < LEAST || coveredMs < LEAST_COVERED_MS ? undefined : (60_000 * (inside.length - 1)) / coveredMs
}
