import { useEffect, useRef, useState } from 'preact/hooks'
import { PX_PER_MM } from '../waves/sweep.ts'
import { useStation } from './hooks.ts'

export interface SweepProps {
  patient: string
  signal: string
  label: string
  speedMmPerS?: number
  gainMmPerMv?: number | undefined
}

/** A moving waveform. The canvas is drawn by the sweep board, not by this component. */
export function Sweep({ patient, signal, label, speedMmPerS = 25, gainMmPerMv }: SweepProps) {
  const { board } = useStation()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [gain, setGain] = useState(0)
  const [theme, setTheme] = useState(0)

  useEffect(() => {
    const listen = () => setTheme((count) => count + 1)
    addEventListener('themechange', listen)
    return () => removeEventListener('themechange', listen)
  }, [])

  useEffect(() => {
    const element = canvas.current
    if (!element) return undefined
    const color = getComputedStyle(element).color
    return board.show({ canvas: element, patient, signal, speedMmPerS, gainMmPerMv, color, onGain: setGain })
  }, [board, patient, signal, speedMmPerS, gainMmPerMv, theme])

  return (
    <div class={`sweep tone-${toneOf(signal)}`}>
      <canvas ref={canvas} role="img" aria-label={`${label}, live waveform`} />
      <span class="sweep-label">{label}</span>
      <Calibration gainMmPerMv={gain} />
    </div>
  )
}

/** What a millivolt is on this trace. */
export function Calibration({ gainMmPerMv }: { gainMmPerMv: number }) {
  return gainMmPerMv > 0 ? (
    <span class="calibration" title="1 mV" style={{ height: `${gainMmPerMv * PX_PER_MM}px` }} />
  ) : null
}

/** The class of a signal's colour. */
export function toneOf(signal: string): string {
  if (signal.startsWith('ecg.')) return 'ecg'
  if (signal === 'ppg') return 'spo2'
  if (signal === 'abp') return 'abp'
  return signal === 'resp' ? 'resp' : 'plain'
}

/** A signal's name as it stands beside its trace. */
export function signalLabel(signal: string): string {
  if (signal === 'ecg.single') return 'ECG'
  if (signal.startsWith('ecg.')) return signal.slice(4)
  return { ppg: 'Pleth', abp: 'ABP', resp: 'Resp' }[signal] ?? signal
}
