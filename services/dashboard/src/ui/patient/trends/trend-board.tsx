import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { GLUCOSE_HORIZON_MS } from '@pulsewire/early-warning'
import type { PatientState } from '../../../live/state.ts'
import { rowsOf } from '../../../trend/export.ts'
import { glucoseForecast } from '../../../trend/forecast.ts'
import { limitSteps } from '../../../trend/limit-steps.ts'
import { marksOf } from '../../../trend/marks.ts'
import { GLUCOSE_PANE_KEY, type TrendPane, USUAL_PANES, panesOf } from '../../../trend/panes.ts'
import type { TrendTable } from '../../../trend/trend-store.ts'
import {
  TREND_PRESETS,
  type TrendView,
  advanced,
  backToNow,
  openView,
  panned,
  spanned,
  wentBack,
  zoomed,
  zoomedBy,
} from '../../../trend/view.ts'
import { windowMsFor } from '../../../trend/windows.ts'
import { rangeText } from '../../../vitals/clock.ts'
import { toPatient, useNow, useStation } from '../../hooks.ts'
import { limitsOf } from '../limits-editor.tsx'
import { useLimitHistory } from '../limits-history.tsx'
import { useNotes } from '../annotations/use-notes.ts'
import { MarkLane } from './mark-lane.tsx'
import { PaneChoice, useChosenPanes } from './pane-choice.tsx'
import { Legend, Readout } from './readout.tsx'
import { type PlotForecast, TIME_AXIS_PX, TrendPlot } from './trend-plot.tsx'
import { TrendTableView } from './trend-table.tsx'
import { useAlarms } from './use-alarms.ts'
import { useTrendData } from './use-trend-data.ts'

const FIRST_SPAN_MS = 3_600_000
/** What is measured all the time is joined over so much, ms; more is a gap. */
const JOIN_MS = 20_000
const LEFT_PX = 44
const RIGHT_PX = 8
const PLOT_PX = 116
const COMPACT_PLOT_PX = 92
/** From here on the forecast has room beside what was. */
const FORECAST_FROM_SPAN_MS = 3_600_000
const FORECAST_TO_SPAN_MS = 24 * 3_600_000

/** The trends of a patient, one above the other over one axis of time: minutes to months. Compact: as it stands under the live waves. */
export function TrendBoard({ patient, compact = false }: { patient: PatientState; compact?: boolean }) {
  const station = useStation()
  const now = useNow(1000)
  const [view, setView] = useState(() => openView(FIRST_SPAN_MS, station.serverNow()))
  const shown = advanced(view, now)
  const change = (step: (view: TrendView, now: number) => TrendView) =>
    setView((current) => step(advanced(current, station.serverNow()), station.serverNow()))

  const stack = useRef<HTMLDivElement>(null)
  const width = useWidth(stack)
  const codes = Object.keys(patient.values).sort().join()
  const all = useMemo(() => panesOf(codes.split(',')), [codes])
  const [chosen, choose] = useChosenPanes(USUAL_PANES)
  const panes = all.filter(({ key }) => chosen.includes(key))
  const asked = panes.flatMap(({ lines }) => lines.map(({ code }) => code))
  const windowMs = windowMsFor(shown.to - shown.from, width - LEFT_PX - RIGHT_PX)
  const data = useTrendData(patient.id, asked, shown, windowMs)

  const spanMs = shown.to - shown.from
  const forecast =
    shown.follows &&
    chosen.includes(GLUCOSE_PANE_KEY) &&
    spanMs >= FORECAST_FROM_SPAN_MS &&
    spanMs <= FORECAST_TO_SPAN_MS
      ? forecastOf(
          data.store.table(shown.from, shown.to + data.windowMs, () => 0),
          now,
        )
      : undefined
  const right = forecast ? Math.max(shown.to, now + GLUCOSE_HORIZON_MS) : shown.to
  const table = useMemo(
    () => data.store.table(shown.from, right, joinOf(panes, data.windowMs)),
    [data.store, data.version, data.windowMs, shown.from, right, chosen],
  )
  const alarms = useAlarms(patient.id, shown.from, shown.to)
  const { notes } = useNotes(patient.id, shown.from, shown.to)
  const marks = useMemo(() => marksOf(alarms, notes, now), [alarms, notes, now])
  const plotMarks = useMemo(() => marks.map(({ at, kind }) => ({ at, tone: MARK_TONES[kind] })), [marks])
  const history = useLimitHistory(patient)
  const [cursor, setCursor] = useState<number | undefined>(undefined)
  const syncKey = compact ? 'trends-compact' : 'trends'

  return (
    <section
      class={`trends ${compact ? 'compact' : ''}`}
      aria-label="Trends"
      onKeyDown={(event) => {
        if (event.target instanceof HTMLElement && event.target.closest('button, input, select, a')) return
        const step = KEYS[event.key]
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        change(step)
      }}
    >
      <div class="trend-tools">
        <div class="segmented" role="group" aria-label="Span">
          {TREND_PRESETS.map((preset) => (
            <button
              key={preset.label}
              type="button"
              aria-pressed={Math.round(spanMs) === preset.spanMs}
              onClick={() => change((current, at) => spanned(current, preset.spanMs, at))}
            >
              {preset.label}
            </button>
          ))}
        </div>
        <div class="trend-moves" role="group" aria-label="Move and zoom">
          <button type="button" title="Earlier (←)" onClick={() => change((current, at) => panned(current, -0.5, at))}>
            ◀ Earlier
          </button>
          <button
            type="button"
            title="Later (→)"
            disabled={shown.follows}
            onClick={() => change((current, at) => panned(current, 0.5, at))}
          >
            Later ▶
          </button>
          <button
            type="button"
            title="Closer (+)"
            aria-label="Zoom in"
            onClick={() => change((current, at) => zoomedBy(current, 0.5, at))}
          >
            +
          </button>
          <button
            type="button"
            title="Further (−)"
            aria-label="Zoom out"
            onClick={() => change((current, at) => zoomedBy(current, 2, at))}
          >
            −
          </button>
          <button
            type="button"
            title="Back (Backspace)"
            disabled={view.earlier.length === 0}
            onClick={() => change(wentBack)}
          >
            Back
          </button>
          <button type="button" title="Now (End)" disabled={shown.follows} onClick={() => change(backToNow)}>
            Now
          </button>
        </div>
        <p class="trend-range" role="status">
          {rangeText(shown.from, shown.to, now)}
          {shown.follows ? ' · live' : ' · the past'} · {windowText(data.windowMs)}
        </p>
        {compact && (
          <a class="more-link" href={toPatient(patient.id, 'trends')}>
            More trends
          </a>
        )}
      </div>
      {!compact && <PaneChoice panes={all} chosen={chosen} choose={choose} />}
      {data.problem !== '' && (
        <p class="problem" role="alert">
          Trends could not be loaded: {data.problem}{' '}
          <button type="button" onClick={data.again}>
            Try again
          </button>
        </p>
      )}
      <Readout panes={panes} table={table} index={cursor} forecast={forecast} />
      <div
        ref={stack}
        class="charts trend-stack"
        role="group"
        tabIndex={0}
        aria-busy={data.isLoading}
        aria-label="Charts of the trends: arrow keys move, plus and minus zoom, Backspace goes back; the table below has the values"
        onMouseLeave={() => setCursor(undefined)}
      >
        <MarkLane
          patient={patient.id}
          marks={marks}
          from={shown.from}
          to={right}
          now={now}
          width={width}
          left={LEFT_PX}
          right={RIGHT_PX}
        />
        {panes.map((pane, index) => (
          <figure key={pane.key} class="chart" data-pane={pane.key}>
            <figcaption>
              {pane.title} <span class="unit">{pane.unit}</span>
              <Legend pane={pane} />
            </figcaption>
            <TrendPlot
              pane={pane}
              table={table}
              from={shown.from}
              to={right}
              limits={stepsOf(pane, patient, history, { from: shown.from, to: right })}
              marks={plotMarks}
              forecast={pane.key === GLUCOSE_PANE_KEY ? forecast : undefined}
              hasTimes={index === panes.length - 1}
              height={(compact ? COMPACT_PLOT_PX : PLOT_PX) + (index === panes.length - 1 ? TIME_AXIS_PX : 0)}
              syncKey={syncKey}
              onZoom={(one, other) => change((current, at) => zoomed(current, one, other, at))}
              onCursor={setCursor}
            />
          </figure>
        ))}
        {panes.length === 0 && <p class="empty">Choose what to show.</p>}
      </div>
      {!compact && (
        <TrendTableView
          name={`${patient.id}-trends-${new Date(shown.from).toISOString().slice(0, 16).replaceAll(':', '')}`}
          make={() => rowsOf(panes, table, data.windowMs)}
        />
      )}
    </section>
  )
}

const KEYS: Readonly<Record<string, (view: TrendView, now: number) => TrendView>> = {
  ArrowLeft: (view, now) => panned(view, -0.25, now),
  ArrowRight: (view, now) => panned(view, 0.25, now),
  PageUp: (view, now) => panned(view, -1, now),
  PageDown: (view, now) => panned(view, 1, now),
  '+': (view, now) => zoomedBy(view, 0.5, now),
  '=': (view, now) => zoomedBy(view, 0.5, now),
  '-': (view, now) => zoomedBy(view, 2, now),
  Backspace: wentBack,
  End: backToNow,
}

const MARK_TONES = {
  high: '--high',
  medium: '--medium',
  low: '--low',
  technical: '--muted',
  note: '--focus',
} as const

function windowText(windowMs: number): string {
  const text =
    windowMs < 60_000
      ? `${windowMs / 1000} s`
      : windowMs < 3_600_000
        ? `${windowMs / 60_000} min`
        : `${windowMs / 3_600_000} h`
  return `mean of each ${text}`
}

/** What belongs together: values of a sensor that reports all the time, never those of a cuff. */
function joinOf(panes: readonly TrendPane[], windowMs: number): (code: string) => number {
  const spots = new Set(panes.flatMap(({ lines }) => lines.filter(({ spot }) => spot).map(({ code }) => code)))
  return (code) => (spots.has(code) ? 0 : Math.max(JOIN_MS, windowMs * 1.5))
}

function stepsOf(
  pane: TrendPane,
  patient: PatientState,
  history: Parameters<typeof limitSteps>[0],
  shown: { from: number; to: number },
) {
  const { limit: code } = pane
  if (code === undefined) return []
  const inForce = limitsOf(patient)[code]
  return (['low', 'high'] as const).flatMap((side) => limitSteps(history, code, side, inForce?.[side], shown))
}

function forecastOf(table: TrendTable, now: number): PlotForecast | undefined {
  const cells = table.columns.get('glucose')?.mean ?? []
  const readings = cells.flatMap((cell, index): [number, number][] =>
    typeof cell === 'number' ? [[table.times[index] ?? 0, cell]] : [],
  )
  const last = readings.at(-1)
  const forecast = glucoseForecast(readings, now)
  return forecast && last ? { from: last, to: [forecast.atMs, forecast.mgDl] } : undefined
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const box = element.current
    if (!box) return undefined
    const observer = new ResizeObserver(() => setWidth(box.clientWidth))
    observer.observe(box)
    return () => observer.disconnect()
  }, [element])
  return width
}
