import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { FOOT_MM, HEAD_MM, MARGIN_MM, type PaperLayout, gridPath, timeTicks } from '../../paper/layout.ts'
import type { Lane } from '../../paper/lanes.ts'
import { type Marks, rrIntervals, rhythmBands, unreadBands } from '../../paper/marks.ts'
import { isEcg } from '../../paper/order.ts'
import { xMmOf } from '../../paper/scale.ts'
import { calibrationPath, tracePath } from '../../paper/trace-path.ts'
import { clockText } from '../../vitals/clock.ts'
import { signalLabel, toneOf } from '../sweep.tsx'

/** A moment that is marked from top to bottom. */
export interface Marker {
  readonly timeMs: number
  readonly label: string
}

interface PaperProps {
  readonly layout: PaperLayout
  readonly marks: Marks
  readonly markers?: readonly Marker[]
  /** What the picture is, for who cannot see it. */
  readonly label: string
  /** Drawn over the traces, in their millimetres. */
  readonly children?: ComponentChildren
}

/** A strip of paper in true millimetres: grid, traces, calibration, beats, rhythm, what was not read. */
export function Paper({ layout, marks, markers = [], label, children }: PaperProps) {
  const { widthMm, heightMm, plotWidthMm, plotHeightMm, fromMs, scale } = layout
  return (
    <svg
      class="paper"
      width={`${widthMm}mm`}
      height={`${heightMm}mm`}
      viewBox={`0 0 ${widthMm} ${heightMm}`}
      role="img"
      aria-label={label}
    >
      <g transform={`translate(${MARGIN_MM} ${HEAD_MM})`}>
        <Grid widthMm={plotWidthMm} heightMm={plotHeightMm} />
        <Unread layout={layout} marks={marks} />
        <Traces layout={layout} />
        <LaneNames layout={layout} />
        <Head layout={layout} marks={marks} />
        <St layout={layout} marks={marks} />
        {markers.map((marker) => (
          <g key={marker.label} class="marker" transform={`translate(${xMmOf(marker.timeMs, fromMs, scale)} 0)`}>
            <path d={`M0 ${-HEAD_MM}V${plotHeightMm}`} />
            <text x={0.8} y={plotHeightMm - 1}>
              {marker.label}
            </text>
          </g>
        ))}
        <Times layout={layout} />
        {children}
      </g>
    </svg>
  )
}

function Grid({ widthMm, heightMm }: { widthMm: number; heightMm: number }) {
  const [fine, big] = useMemo(
    () => [gridPath(widthMm, heightMm, 1), gridPath(widthMm, heightMm, 5)],
    [widthMm, heightMm],
  )
  return (
    <>
      <path class="grid-fine" d={fine} />
      <path class="grid-big" d={big} />
    </>
  )
}

function Traces({ layout }: { layout: PaperLayout }) {
  const { lanes, fromMs, scale } = layout
  const paths = useMemo(() => lanes.map((lane) => tracePath(lane, fromMs, scale)), [lanes, fromMs, scale])
  const clip = `clip-${fromMs}-${lanes.length}-${scale.gainMmPerMv}`
  return (
    <>
      {lanes.map((lane, i) => (
        <g key={`${lane.wave.signal} ${lane.wave.unit}`} class={`lane tone-${toneOf(lane.wave.signal)}`}>
          <clipPath id={`${clip}-${i}`}>
            <rect x={0} y={lane.topMm} width={layout.plotWidthMm} height={lane.heightMm} />
          </clipPath>
          <path class="trace" d={paths[i]} clip-path={`url(#${clip}-${i})`} data-signal={lane.wave.signal} />
        </g>
      ))}
    </>
  )
}

function LaneNames({ layout: { lanes, scale } }: { layout: PaperLayout }) {
  return (
    <>
      {lanes.map((lane) => (
        <g key={`${lane.wave.signal} ${lane.wave.unit}`} class={`lane tone-${toneOf(lane.wave.signal)}`}>
          <LaneName lane={lane} gainMmPerMv={scale.gainMmPerMv} />
        </g>
      ))}
    </>
  )
}

/** The margin of a paper once more, to stay in sight while the paper is scrolled. */
export function PaperMargin({ layout }: { layout: PaperLayout }) {
  const { heightMm } = layout
  return (
    <svg
      class="paper paper-margin"
      width={`${MARGIN_MM}mm`}
      height={`${heightMm}mm`}
      viewBox={`0 0 ${MARGIN_MM} ${heightMm}`}
      aria-hidden="true"
    >
      <g transform={`translate(${MARGIN_MM} ${HEAD_MM})`}>
        <LaneNames layout={layout} />
      </g>
    </svg>
  )
}

function LaneName({ lane, gainMmPerMv }: { lane: Lane; gainMmPerMv: number }) {
  const { wave, topMm, heightMm, ownScale } = lane
  // Below the name, where the lane is high enough for both.
  const foot = topMm + heightMm - 0.5
  return (
    <>
      <text class="lane-name" x={1 - MARGIN_MM} y={topMm + 3.4}>
        {signalLabel(wave.signal)}
      </text>
      {ownScale === undefined ? (
        <path class="calibration-pulse" d={calibrationPath(2 - MARGIN_MM, foot, gainMmPerMv)}>
          <title>1 mV, 5 mm wide</title>
        </path>
      ) : (
        <text class="own-scale" x={1} y={topMm + 3}>
          {ownScale}
        </text>
      )}
    </>
  )
}

const RR_ROOM_MM = 9

/** Over the traces: the rhythm as bands, each beat's class at its R peak, and the intervals between. */
function Head({ layout, marks }: { layout: PaperLayout; marks: Marks }) {
  const { fromMs, toMs, scale, plotHeightMm } = layout
  const x = (timeMs: number) => xMmOf(timeMs, fromMs, scale)
  const beats = marks.beats.filter(([time]) => time >= fromMs && time < toMs)
  return (
    <>
      {rhythmBands(marks.findings, fromMs, toMs).map((band) => (
        <g key={`${band.label} ${band.fromMs}`} class="rhythm" transform={`translate(${x(band.fromMs)} ${-HEAD_MM})`}>
          <rect y={0.3} width={x(band.toMs) - x(band.fromMs)} height={3.4} rx={0.6} />
          <text x={0.8} y={2.9}>
            {band.label}
          </text>
        </g>
      ))}
      {beats.map(([time, kind]) => (
        <g key={time} class={`beat beat-${kind}`} transform={`translate(${x(time)} 0)`}>
          <path d={`M0 -1V${kind === 'N' ? 0.8 : plotHeightMm}`} />
          <text y={-1.6} text-anchor="middle">
            {kind}
          </text>
        </g>
      ))}
      {rrIntervals(beats)
        .filter((rr) => x(rr.toMs) - x(rr.fromMs) >= RR_ROOM_MM)
        .map(({ fromMs: from, toMs: to }) => (
          <text key={to} class="rr" x={(x(from) + x(to)) / 2} y={-1.6} text-anchor="middle">
            {Math.round(to - from)}
          </text>
        ))}
    </>
  )
}

/** Where the analysis did not read a lead, and why: hatched, so that nobody takes the silence for an answer. */
function Unread({ layout, marks }: { layout: PaperLayout; marks: Marks }) {
  const { lanes, fromMs, toMs, scale } = layout
  return (
    <>
      {lanes
        .filter(({ wave }) => isEcg(wave.signal))
        .flatMap((lane) =>
          unreadBands(marks, lane.wave, fromMs, toMs).map((band) => {
            const [x, end] = [xMmOf(band.fromMs, fromMs, scale), xMmOf(band.toMs, fromMs, scale)]
            return (
              <g key={`${lane.wave.signal} ${band.fromMs}`} class="unread" transform={`translate(${x} ${lane.topMm})`}>
                <rect width={end - x} height={lane.heightMm} />
                <path d={hatching(end - x, lane.heightMm)} />
                <text x={0.8} y={lane.heightMm - 0.9}>
                  {band.label}
                </text>
              </g>
            )
          }),
        )}
    </>
  )
}

function hatching(widthMm: number, heightMm: number): string {
  const lines: string[] = []
  for (let x = 0; x < widthMm + heightMm; x += 3) {
    const [fromX, toX] = [Math.max(0, x - heightMm), Math.min(x, widthMm)]
    lines.push(`M${fromX} ${x - fromX}L${toX} ${x - toX}`)
  }
  return lines.join('')
}

/** The ST level where it was measured. */
function St({ layout, marks }: { layout: PaperLayout; marks: Marks }) {
  const { lanes, fromMs, toMs, scale } = layout
  return (
    <>
      {lanes.flatMap((lane) =>
        (marks.st[lane.wave.signal] ?? [])
          .filter(([time]) => time >= fromMs && time < toMs)
          .map(([time, level]) => (
            <g
              key={`${lane.wave.signal} ${time}`}
              class="st"
              transform={`translate(${xMmOf(time, fromMs, scale)} ${lane.topMm})`}
            >
              <path d="M0 0v1.6" />
              <text x={0.6} y={3.2}>
                ST {level < 0 ? '−' : '+'}
                {Math.abs(level).toFixed(2)}
              </text>
            </g>
          )),
      )}
    </>
  )
}

function Times({ layout }: { layout: PaperLayout }) {
  const { fromMs, scale, plotHeightMm } = layout
  return (
    <>
      {timeTicks(layout).map((time) => (
        <g key={time} class="tick" transform={`translate(${xMmOf(time, fromMs, scale)} ${plotHeightMm})`}>
          <path d="M0 0v1.4" />
          <text x={0.6} y={FOOT_MM - 1.2}>
            {clockText(time)}
          </text>
        </g>
      ))}
    </>
  )
}
