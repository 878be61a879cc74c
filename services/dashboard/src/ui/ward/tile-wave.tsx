import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useStation } from '../hooks.ts'
import { Calibration, signalLabel, toneOf } from '../sweep.tsx'

/** Where a signal of a patient sweeps. What moves is drawn on the ward's sheet, which lies over all tiles. */
export function TileWave({ patient, signal }: { patient: string; signal: string }) {
  const { sheet } = useStation()
  const place = useRef<HTMLDivElement>(null)
  const [gain, setGain] = useState(0)
  useLayoutEffect(() => {
    const element = place.current
    return element ? sheet.place({ element, patient, signal, onGain: setGain }) : undefined
  }, [sheet, patient, signal])
  const label = signalLabel(signal)
  return (
    <div ref={place} class={`sweep tone-${toneOf(signal)}`} role="img" aria-label={`${label}, live waveform`}>
      <span class="sweep-label" aria-hidden="true">
        {label}
      </span>
      <Calibration gainMmPerMv={gain} />
    </div>
  )
}
