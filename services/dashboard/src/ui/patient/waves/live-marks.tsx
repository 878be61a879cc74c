import { rateText, rhythmBands, rrIntervals, unreadBands } from '../../../paper/marks.ts'
import type { SweepPlaces } from '../../../paper/sweep-marks.ts'
import type { Tape } from '../../../paper/tape.ts'
import { clockText } from '../../../vitals/clock.ts'

/** An interval is written where it has this much room, CSS pixels. */
const RR_ROOM_PX = 52

/** Over the sweeping traces: rhythm, the class of each beat at its R peak, the intervals between. They come when the analysis has spoken. */
export function LiveMarks({ tape, places }: { tape: Tape; places: SweepPlaces }) {
  const { oldestMs, headMs } = places
  const beats = tape.marks.beats.filter(([time]) => time > oldestMs && time <= headMs)
  return (
    <div class="live-marks" role="img" aria-label={`Beats: ${rateText(beats) || 'none seen'}`}>
      {rhythmBands(tape.marks.findings, oldestMs, headMs).flatMap((band) =>
        places.spansOf(band.fromMs, band.toMs).map(({ x, width }) => (
          <span
            key={`${band.label} ${band.fromMs} ${x}`}
            class="live-band"
            style={{ left: `${x}px`, width: `${width}px` }}
          >
            {band.label}
          </span>
        )),
      )}
      {beats.map(([time, kind]) => (
        <span key={time} class={`live-beat beat-${kind}`} style={{ left: `${places.xOf(time) ?? 0}px` }}>
          {kind}
        </span>
      ))}
      {rrIntervals(beats).map(({ fromMs, toMs }) => {
        const [a, b] = [places.xOf(fromMs), places.xOf(toMs)]
        if (a === undefined || b === undefined || b - a < RR_ROOM_PX) return null
        return (
          <span key={toMs} class="live-rr" style={{ left: `${(a + b) / 2}px` }}>
            {Math.round(toMs - fromMs)}
          </span>
        )
      })}
    </div>
  )
}

/** How long a measured ST level stands beside its lead. */
const ST_FOR_MS = 60_000

/** Over one lead: where the analysis did not read it, and its newest ST level. */
export function LaneMarks({ tape, places, signal }: { tape: Tape; places: SweepPlaces; signal: string }) {
  const devices = tape.waves.find((wave) => wave.signal === signal)?.devices ?? []
  const st = tape.marks.st[signal]?.at(-1)
  return (
    <>
      {unreadBands(tape.marks, { signal, devices }, places.oldestMs, places.headMs).flatMap((band) =>
        places.spansOf(band.fromMs, band.toMs).map(({ x, width }) => (
          <span key={`${band.fromMs} ${x}`} class="live-unread" style={{ left: `${x}px`, width: `${width}px` }}>
            {band.label}
          </span>
        )),
      )}
      {st !== undefined && places.headMs - st[0] < ST_FOR_MS && (
        <span class="live-st">
          ST {st[1] < 0 ? '−' : '+'}
          {Math.abs(st[1]).toFixed(2)} mV at {clockText(st[0])}
        </span>
      )}
    </>
  )
}
