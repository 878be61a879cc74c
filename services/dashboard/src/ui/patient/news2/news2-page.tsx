import { news2Exclusion } from '@pulsewire/early-warning'
import { useEffect, useState } from 'preact/hooks'
import type { PatientState } from '../../../live/state.ts'
import { endOfMinute, rangeText } from '../../../vitals/clock.ts'
import { useNow, useStation } from '../../hooks.ts'
import { ObservationForm } from '../observation-form.tsx'
import { News2Key, News2Table } from './news2-table.tsx'
import { useNews2 } from './use-news2.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** How far a chart reaches, and how far its columns are apart. */
export const NEWS2_SPANS = [
  { label: '6 h', spanMs: 6 * HOUR, stepMs: 15 * MINUTE },
  { label: '12 h', spanMs: 12 * HOUR, stepMs: 30 * MINUTE },
  { label: '24 h', spanMs: 24 * HOUR, stepMs: HOUR },
  { label: '3 d', spanMs: 72 * HOUR, stepMs: 4 * HOUR },
] as const

/** The section "NEWS2": the observation chart, what the score asks for, and the form that completes it. */
export function News2Page({ patient }: { patient: PatientState }) {
  const station = useStation()
  const now = useNow(MINUTE)
  const [span, setSpan] = useState<(typeof NEWS2_SPANS)[number]>(NEWS2_SPANS[0])
  const [back, setBack] = useState(0)
  const [heard, setHeard] = useState(() => endOfMinute(station.serverNow()))
  // Anew each minute, and when somebody enters an observation.
  useEffect(() => setHeard(endOfMinute(now)), [now])
  useEffect(
    () =>
      station.onLive((message) => {
        const isEntry = message.type === 'action' && message.action.type === 'observation'
        if (isEntry && message.action.patient === patient.id) {
          setHeard((Math.floor(station.serverNow() / MINUTE) + 1) * MINUTE)
        }
      }),
    [station, patient.id],
  )
  const toMs = heard - back * span.spanMs
  const spo2Scale = patient.spo2Scale ?? 1
  const { columns, problem, isLoading } = useNews2(patient.id, spo2Scale, {
    fromMs: toMs - span.spanMs,
    toMs,
    stepMs: span.stepMs,
  })
  const exclusion = news2Exclusion(patient, now)
  return (
    <div class="section-page news2-page">
      <div class="trend-tools">
        <div class="segmented" role="group" aria-label="Span">
          {NEWS2_SPANS.map((choice) => (
            <button
              key={choice.label}
              type="button"
              aria-pressed={choice === span}
              onClick={() => {
                setSpan(choice)
                setBack(0)
              }}
            >
              {choice.label}
            </button>
          ))}
        </div>
        <div class="trend-moves" role="group" aria-label="Move">
          <button type="button" onClick={() => setBack(back + 1)}>
            ◀ Earlier
          </button>
          <button type="button" disabled={back === 0} onClick={() => setBack(back - 1)}>
            Later ▶
          </button>
        </div>
        <p class="trend-range" role="status">
          {rangeText(toMs - span.spanMs, toMs, now)} · SpO2 scale {spo2Scale}
        </p>
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </div>
      {exclusion !== undefined && (
        <p class="warning">
          NEWS2 is not for this patient: {exclusion === 'pregnant' ? 'pregnant' : 'under 16 years'}. The chart shows
          observations alone; use {exclusion === 'pregnant' ? 'an obstetric' : 'a paediatric'} score.
        </p>
      )}
      {problem !== '' && (
        <p class="problem" role="alert">
          The observations could not be loaded: {problem}
        </p>
      )}
      {columns.length > 0 ? (
        <News2Table columns={columns} spo2Scale={spo2Scale} />
      ) : (
        <p class="empty">{isLoading ? 'Loading…' : 'No observations.'}</p>
      )}
      <div class="news2-below">
        <News2Key />
        <section class="panel no-print" aria-label="Enter observations">
          <h2>Enter observations</h2>
          <ObservationForm patient={patient.id} />
        </section>
      </div>
    </div>
  )
}
