import type { Alarm } from '@pulsewire/contracts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Answer, messageOf, range } from '../../api/client.ts'
import { PX_PER_MM } from '../../waves/sweep.ts'
import { ecgScale } from '../../waves/scale.ts'
import { createWaveRing } from '../../waves/wave-ring.ts'
import { leadOf } from '../../waves/wave-store.ts'
import { clockText } from '../../vitals/clock.ts'
import { useStation } from '../hooks.ts'
import { signalLabel } from '../sweep.tsx'

type Signal = Answer<'GET /patients/{id}/waveforms'>['signals'][number]
/** A signal of which something is there: only then its rate is known. */
type Wave = Signal & { rateHz: number }
const isThere = (signal: Signal): signal is Wave => signal.rateHz !== null && signal.segments.length > 0

const AROUND_MS = 10_000
const SECONDS = 20

/** The recorded lead ten seconds before and after an alarm's onset. */
export function AlarmStrip({ alarm }: { alarm: Alarm }) {
  const station = useStation()
  const [wave, setWave] = useState<Wave | undefined>(undefined)
  const [problem, setProblem] = useState('Loading the strip…')
  const canvas = useRef<HTMLCanvasElement>(null)
  const from = alarm.onset - AROUND_MS

  useEffect(() => {
    const lead = leadOf(station.waves.signals(alarm.patient))
    if (lead === undefined) {
      setProblem('No ECG lead is known of this patient')
      return
    }
    const query = { signals: lead, ...range(from, from + SECONDS * 1000) }
    station.api.call('GET /patients/{id}/waveforms', { path: { id: alarm.patient }, query }).then(
      ({ signals }) => {
        const found = signals.find(isThere)
        setWave(found)
        setProblem(found ? '' : 'Nothing was recorded around this time')
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  }, [station, alarm.patient, from])

  useEffect(() => {
    const element = canvas.current
    if (!element || !wave) return
    drawStrip(element, wave, from)
    const paper = element.parentElement
    if (paper) paper.scrollLeft = (paper.scrollWidth - paper.clientWidth) / 2
  }, [wave, from])

  return (
    <figure class="strip">
      {wave ? (
        <>
          <div class="strip-paper" tabIndex={0}>
            <canvas
              ref={canvas}
              role="img"
              aria-label={`${signalLabel(wave.name)}, ten seconds before and after the alarm`}
            />
          </div>
          <figcaption>
            {signalLabel(wave.name)} · {clockText(from)} – {clockText(from + SECONDS * 1000)} · mark at the onset
          </figcaption>
        </>
      ) : (
        <figcaption>{problem}</figcaption>
      )}
    </figure>
  )
}

function drawStrip(canvas: HTMLCanvasElement, wave: Wave, fromMs: number): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const ratio = devicePixelRatio
  const width = Math.round(canvas.clientWidth * ratio)
  const height = Math.round(canvas.clientHeight * ratio)
  canvas.width = width
  canvas.height = height
  const ring = createWaveRing(wave.rateHz, wave.unit ?? '', SECONDS + 5)
  for (const segment of wave.segments) if ('samples' in segment) ring.write(segment.start, segment.samples)
  const style = getComputedStyle(canvas)
  const gain = Math.min(10, height / ratio / PX_PER_MM / 2.4)
  const scale = ecgScale(ring.values(fromMs + SECONDS * 1000, SECONDS * 1000), height, gain, ratio)
  const msPerColumn = (SECONDS * 1000) / width
  context.fillStyle = style.getPropertyValue('--muted')
  context.fillRect(Math.round(width / 2), 0, Math.max(1, ratio), height)
  context.fillStyle = style.color
  for (let x = 0; x < width; x += 1) {
    const extent = ring.extent(fromMs + x * msPerColumn, fromMs + (x + 1) * msPerColumn)
    if (!extent) continue
    const top = scale.zeroY - extent.high * scale.pxPerUnit
    context.fillRect(x, top - ratio * 0.7, 1, (extent.high - extent.low) * scale.pxPerUnit + ratio * 1.4)
  }
}
