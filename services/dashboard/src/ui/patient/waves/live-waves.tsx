import { useEffect, useState } from 'preact/hooks'
import { SWEEP_DELAY_MS } from '../../../waves/display-clock.ts'
import { leadOf } from '../../../waves/wave-store.ts'
import { PHONE, useMedia, useStation } from '../../hooks.ts'
import { Sweep, signalLabel } from '../../sweep.tsx'

const GAINS = [5, 10, 20] as const
const SPEEDS = [12.5, 25, 50] as const

/** The patient's waveforms, live, over the full width. */
export function LiveWaves({ patient }: { patient: string }) {
  const { waves } = useStation()
  const phone = useMedia(PHONE)
  const [gain, setGain] = useState<(typeof GAINS)[number]>(10)
  const [speed, setSpeed] = useState<(typeof SPEEDS)[number]>(25)
  const [, changed] = useState(0)
  useEffect(() => waves.onSignals(() => changed((count) => count + 1)), [waves])
  const all = waves.signals(patient)
  const one = leadOf(all)
  const shown = phone && one !== undefined ? [one] : all
  const lag = waves.clock(patient).lagMs()
  return (
    <section class="patient-waves" aria-label="Waveforms">
      <div class="wave-tools">
        <Choice label="Gain" unit="mm/mV" choices={GAINS} chosen={gain} choose={setGain} />
        <Choice label="Speed" unit="mm/s" choices={SPEEDS} chosen={speed} choose={setSpeed} />
        <span class="delay">
          {((SWEEP_DELAY_MS + lag) / 1000).toFixed(1)} s behind{lag !== 0 && ' (the device’s clock or link is off)'}
        </span>
      </div>
      {shown.map((signal) => (
        <Sweep
          key={signal}
          patient={patient}
          signal={signal}
          label={signalLabel(signal)}
          speedMmPerS={speed}
          gainMmPerMv={gain}
        />
      ))}
      {shown.length === 0 && <p class="no-wave">No waveform</p>}
    </section>
  )
}

function Choice<T extends number>(props: {
  label: string
  unit: string
  choices: readonly T[]
  chosen: T
  choose: (choice: T) => void
}) {
  return (
    <div class="segmented" role="group" aria-label={`${props.label}, ${props.unit}`}>
      {props.choices.map((choice) => (
        <button key={choice} type="button" aria-pressed={choice === props.chosen} onClick={() => props.choose(choice)}>
          {choice}
        </button>
      ))}
      <span class="unit">{props.unit}</span>
    </div>
  )
}
