import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { messageOf, range } from '../../api/client.ts'
import type { PatientState } from '../../live/state.ts'
import { TREND_SPANS, createTrendBuckets } from '../../trend/buckets.ts'
import { clockText, minuteText } from '../../vitals/clock.ts'
import { useNow, useStation } from '../hooks.ts'

interface Chart {
  title: string
  lines: { code: string; label: string; tone: string; spot?: boolean }[]
  range: [number, number]
}

const CHARTS: readonly Chart[] = [
  {
    title: 'Heart rate /min',
    lines: [
      { code: 'heartRate.ecg', label: 'ECG', tone: '--ecg' },
      { code: 'heartRate', label: 'device', tone: '--muted' },
    ],
    range: [40, 140],
  },
  { title: 'SpO2 %', lines: [{ code: 'spo2', label: 'SpO2', tone: '--spo2' }], range: [84, 100] },
  {
    title: 'Pressure mmHg',
    lines: [
      { code: 'systolic', label: 'systolic', tone: '--nibp', spot: true },
      { code: 'diastolic', label: 'diastolic', tone: '--muted', spot: true },
    ],
    range: [40, 180],
  },
  { title: 'Respiration /min', lines: [{ code: 'respirationRate', label: 'RR', tone: '--resp' }], range: [5, 35] },
  {
    title: 'Temperature °C',
    lines: [{ code: 'temperature', label: 'Temp', tone: '--temp' }],
    range: [35, 40],
  },
  { title: 'NEWS2', lines: [{ code: 'news2', label: 'NEWS2', tone: '--text', spot: true }], range: [0, 12] },
]
const CODES = CHARTS.flatMap((chart) => chart.lines.map((line) => line.code))
const REDRAW_MS = 2000

/** Trends of the last hours: loaded once from the store, carried on by what comes live. */
export function Trends({ patient }: { patient: PatientState }) {
  const station = useStation()
  const [span, setSpan] = useState<(typeof TREND_SPANS)[number]>(TREND_SPANS[0])
  const [problem, setProblem] = useState('')
  const [loads, setLoads] = useState(0)
  const now = useNow(REDRAW_MS)
  const spanMs = span.hours * 3_600_000
  const buckets = useMemo(() => createTrendBuckets(CODES, span.everyS * 1000, spanMs), [patient.id, span])

  useEffect(() => {
    let current = true
    const to = station.serverNow()
    const query = { codes: CODES.join(','), ...range(to - spanMs, to), every: `${span.everyS}s`, fn: 'mean' } as const
    station.api.call('GET /patients/{id}/vitals', { path: { id: patient.id }, query }).then(
      ({ series }) => {
        if (!current) return
        for (const [code, { points }] of Object.entries(series)) buckets.load(code, points)
        setProblem('')
        setLoads((count) => count + 1)
      },
      (error: unknown) => current && setProblem(messageOf(error)),
    )
    return () => {
      current = false
    }
  }, [station, patient.id, span, buckets])

  useEffect(() => {
    for (const code of CODES) {
      const value = patient.values[code]
      if (value && typeof value.value === 'number') buckets.add(code, value.time, value.value)
    }
  }, [patient.values, buckets])

  const table = useMemo(() => buckets.table(now), [buckets, now, loads])
  return (
    <section class="trends" aria-label="Trends">
      <div class="segmented" role="group" aria-label="Span">
        {TREND_SPANS.map((choice) => (
          <button key={choice.hours} type="button" aria-pressed={choice === span} onClick={() => setSpan(choice)}>
            {choice.hours} h
          </button>
        ))}
      </div>
      {problem !== '' && <p class="problem">Trends could not be loaded: {problem}</p>}
      <div class="charts">
        {CHARTS.map((chart) => (
          <TrendChart
            key={chart.title}
            chart={chart}
            times={table.times}
            columns={chart.lines.map((line) => table.columns[CODES.indexOf(line.code)] ?? [])}
          />
        ))}
      </div>
    </section>
  )
}

const HEIGHT = 112

function TrendChart({ chart, times, columns }: { chart: Chart; times: number[]; columns: (number | null)[][] }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const data = useRef<uPlot.AlignedData>([times, ...columns])
  data.current = [times, ...columns]
  const [theme, setTheme] = useState(0)
  useEffect(() => {
    const listen = () => setTheme((count) => count + 1)
    addEventListener('themechange', listen)
    return () => removeEventListener('themechange', listen)
  }, [])

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const made = new uPlot(optionsOf(chart, element), data.current, element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [chart, theme])
  useEffect(() => plot.current?.setData(data.current), [times, columns])

  const latest = chart.lines
    .map((_, i) => columns[i]?.findLast((value) => value !== null))
    .find((value) => value !== undefined)
  return (
    <figure class="chart">
      <figcaption>{chart.title}</figcaption>
      <div
        ref={box}
        role="img"
        aria-label={`${chart.title}, trend${latest === undefined || latest === null ? ', no values' : `, last ${latest.toFixed(1)}`}`}
      />
    </figure>
  )
}

function optionsOf(chart: Chart, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: 'trends' }, y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => spread(chart.range, low, high) } },
    axes: [
      { ...axis, values: (_, splits) => splits.map((seconds) => minuteText(seconds * 1000)), size: 22 },
      { ...axis, size: 34 },
    ],
    series: [
      { value: (_, seconds) => (seconds === null ? '' : clockText(seconds * 1000)) },
      ...chart.lines.map((line) => ({
        label: line.label,
        stroke: color(line.tone),
        width: 1.5,
        spanGaps: line.spot === true,
      })),
    ],
  }
}

/** The usual range, and more where the values leave it. */
function spread([low, high]: [number, number], valuesLow: number | null, valuesHigh: number | null): [number, number] {
  return [Math.min(low, Math.floor((valuesLow ?? low) - 1)), Math.max(high, Math.ceil((valuesHigh ?? high) + 1))]
}
