import { MISSING_SAMPLE, type WaveformSignal } from '@pulsewire/contracts'
import { createPulseWaveState, followPulseWave, type PulseSignal, type PulseWaveState } from '../core/pulse-wave.ts'

/** A modelled pressure or pulse wave: times of its upstrokes (s) and heights. */
export interface WaveModel {
  readonly seconds: number
  readonly beats: readonly { readonly atS: number; readonly height: number }[]
  readonly rateHz?: number
  readonly unit?: string
  readonly signal?: PulseSignal
  readonly foot?: number
  /** Height of the dicrotic wave, of that of the pulse. */
  readonly dicrotic?: number
  readonly missing?: (second: number) => boolean
  /** Values above are cut off. */
  readonly most?: number
  readonly noise?: number
}

const SCALE = 0.02
export const WAVE_START = 1_800_000_000_000

/** Beats at an interval, in seconds. */
export function every(intervalS: number, fromS: number, toS: number, height = 40): WaveModel['beats'] {
  return Array.from({ length: Math.floor((toS - fromS) / intervalS) }, (_, i) => ({
    atS: fromS + i * intervalS,
    height,
  }))
}

export function modelledWave(model: WaveModel): WaveformSignal {
  const { seconds, beats, rateHz = 125, unit = 'mm[Hg]', signal = 'abp', foot = 70, dicrotic = 0.2, most = Infinity } = model // prettier-ignore
  const samples = Int16Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => {
    const second = i / rateHz
    if (model.missing?.(second) === true) return MISSING_SAMPLE
    let value = foot + (model.noise ?? 0) * (Math.sin(second * 977.3) + Math.sin(second * 613.7))
    for (const { atS, height } of beats) {
      const since = second - atS
      if (since < -0.3 || since > 2) continue
      const up = 1 / (1 + Math.exp(-since / 0.025))
      value += height * up * Math.exp(-Math.max(0, since) / 0.28)
      value += height * dicrotic * Math.exp(-(((since - 0.34) / 0.05) ** 2))
    }
    return Math.round(Math.min(value, most) / SCALE)
  })
  return { name: signal, unit, scale: SCALE, offset: 0, samples }
}

/** The state after the whole wave, given in blocks of so many seconds. */
export function followed(model: WaveModel, blockS = 1): PulseWaveState {
  const { rateHz = 125, signal = 'abp' } = model
  const whole = modelledWave(model)
  const state = createPulseWaveState(signal, 'd1')
  const block = Math.max(1, Math.round(blockS * rateHz))
  for (let from = 0; from < whole.samples.length; from += block) {
    const samples = whole.samples.slice(from, from + block)
    followPulseWave(state, WAVE_START + (from * 1000) / rateHz, rateHz, { ...whole, samples })
  }
  return state
}
