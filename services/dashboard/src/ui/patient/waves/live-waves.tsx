import { useEffect, useState } from 'preact/hooks'
import { byConvention, isEcg } from '../../../paper/order.ts'
import { type PaperScale, STANDARD_SCALE } from '../../../paper/scale.ts'
import { sweepPlaces } from '../../../paper/sweep-marks.ts'
import type { Tape } from '../../../paper/tape.ts'
import { SWEEP_DELAY_MS } from '../../../waves/display-clock.ts'
import { PX_PER_MM } from '../../../waves/sweep.ts'
import { leadOf } from '../../../waves/wave-store.ts'
import { PHONE, useMedia, useNow, useStation } from '../../hooks.ts'
import { MmGrid } from '../../paper/mm-grid.tsx'
import { ScaleChoice } from '../../paper/scale-choice.tsx'
import { usePageKeys } from '../../paper/use-page-keys.ts'
import { useWidth } from '../../paper/use-width.ts'
import { WaveChoice } from '../../paper/wave-choice.tsx'
import { Sweep, signalLabel } from '../../sweep.tsx'
import { FrozenWaves } from './frozen-waves.tsx'
import { LaneMarks, LiveMarks } from './live-marks.tsx'
import { useHiddenWaves } from './use-hidden-waves.ts'
import { useRecent } from './use-recent.ts'

/** The patient's waveforms over the full width: live, or frozen to be measured. */
export function LiveWaves({ patient }: { patient: string }) {
  const station = useStation()
  const { waves } = station
  const phone = useMedia(PHONE)
  const [scale, setScale] = useState<PaperScale>(STANDARD_SCALE)
  const [hidden, setHidden] = useHiddenWaves()
  const [frozen, setFrozen] = useState<{ atMs: number; seen: Tape } | undefined>(undefined)
  const recent = useRecent(patient)
  const [, changed] = useState(0)
  useEffect(() => waves.onSignals(() => changed((count) => count + 1)), [waves])

  const all = [...waves.signals(patient)].sort(byConvention)
  const one = leadOf(waves.signals(patient))
  const isHidden = phone ? new Set(all.filter((signal) => signal !== one)) : hidden
  const shown = all.filter((signal) => !isHidden.has(signal))
  const clock = waves.clock(patient)
  const freeze = () =>
    setFrozen((before) => (before ? undefined : { atMs: clock.head(station.serverNow()), seen: recent.read() }))
  usePageKeys({ ' ': freeze }, { not: 'button, summary, a, [role=slider]' })

  return (
    <section class="patient-waves" aria-label="Waveforms">
      <div class="wave-tools">
        <ScaleChoice scale={scale} choose={setScale} />
        {!phone && <WaveChoice signals={all} hidden={hidden} choose={setHidden} />}
        <button type="button" aria-pressed={frozen !== undefined} onClick={freeze}>
          Freeze <kbd>space</kbd>
        </button>
        <span class="delay">
          1 mm = {PX_PER_MM.toFixed(2)} px · {((SWEEP_DELAY_MS + clock.lagMs()) / 1000).toFixed(1)} s behind
          {clock.lagMs() !== 0 && ' (the device’s clock or link is off)'}
        </span>
      </div>
      {frozen ? (
        <FrozenWaves
          patient={patient}
          atMs={frozen.atMs}
          seen={frozen.seen}
          scale={scale}
          hidden={isHidden}
          onLive={() => setFrozen(undefined)}
        />
      ) : (
        <Lanes patient={patient} signals={shown} scale={scale} recent={recent} />
      )}
      {shown.length === 0 && <p class="no-wave">{all.length === 0 ? 'No waveform' : 'All waves are hidden'}</p>}
    </section>
  )
}

/** How often what the analysis says is put over the traces. */
const MARKS_EVERY_MS = 500

function Lanes(props: {
  patient: string
  signals: readonly string[]
  scale: PaperScale
  recent: { read: () => Tape }
}) {
  const { patient, signals, scale, recent } = props
  const { waves } = useStation()
  const [box, width] = useWidth<HTMLDivElement>()
  const now = useNow(MARKS_EVERY_MS)
  const places = sweepPlaces(width, scale.speedMmPerS, devicePixelRatio, waves.clock(patient).head(now))
  const tape = recent.read()
  return (
    <div class="live-lanes" ref={box}>
      {signals.some(isEcg) && <LiveMarks tape={tape} places={places} />}
      {signals.map((signal) => (
        <div key={signal} class="live-lane">
          <MmGrid />
          <Sweep
            patient={patient}
            signal={signal}
            label={signalLabel(signal)}
            speedMmPerS={scale.speedMmPerS}
            gainMmPerMv={scale.gainMmPerMv}
          />
          {isEcg(signal) && <LaneMarks tape={tape} places={places} signal={signal} />}
        </div>
      ))}
    </div>
  )
}
