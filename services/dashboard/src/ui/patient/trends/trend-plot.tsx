import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { LimitStep } from '../../../trend/limit-steps.ts'
import { type TrendPane, spread } from '../../../trend/panes.ts'
import type { TrendTable } from '../../../trend/trend-store.ts'
import { axisTimes } from '../../../vitals/clock.ts'

/** A moment or a stretch that is marked in every chart, ms. */
export interface PlotMark {
  readonly at: number
  /** A custom property of the style sheet. */
  readonly tone: string
}

/** Where a value is expected that has not come yet. */
export interface PlotForecast {
  readonly from: readonly [timeMs: number, value: number]
  readonly to: readonly [timeMs: number, value: number]
}

export interface TrendPlotProps {
  readonly pane: TrendPane
  readonly table: TrendTable
  readonly from: number
  readonly to: number
  readonly limits: readonly LimitStep[]
  readonly marks: readonly PlotMark[]
  readonly forecast?: PlotForecast | undefined
  /** The last of the stack has the axis of time. */
  readonly hasTimes: boolean
  readonly height: number
  /** Charts with the same key share their cursor. */
  readonly syncKey: string
  readonly onZoom: (oneMs: number, otherMs: number) => void
  readonly onCursor: (index: number | undefined) => void
}

export const TIME_AXIS_PX = 24
const VALUE_AXIS_PX = 44

/** One chart of the stack: means as lines, lowest and highest as a band, limits in force, marks. */
export function TrendPlot(props: TrendPlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const latest = useRef(props)
  latest.current = props
  const { pane, hasTimes, height, syncKey, table, from, to, limits, marks, forecast } = props
  const [theme, setTheme] = useState(0)
  useEffect(() => {
    const listen = () => setTheme((count) => count + 1)
    addEventListener('themechange', listen)
    return () => removeEventListener('themechange', listen)
  }, [])

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const made = new uPlot(optionsOf(element, latest), dataOf(latest.current), element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [pane, hasTimes, height, syncKey, theme])
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [table, from, to, limits, marks, forecast])

  return <div ref={box} class="trend-plot" aria-hidden="true" />
}

function dataOf({ pane, table }: TrendPlotProps): uPlot.AlignedData {
  const columns = pane.lines.flatMap(({ code }) => {
    const column = table.columns.get(code)
    return [column?.mean ?? [], column?.high ?? [], column?.low ?? []]
  })
  return [table.times.map((ms) => ms / 1000), ...columns]
}

function optionsOf(element: HTMLElement, latest: { readonly current: TrendPlotProps }): uPlot.Options {
  const { pane, hasTimes, height, syncKey } = latest.current
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
    height,
    legend: { show: false },
    padding: [6, 8, hasTimes ? 0 : 4, 0],
    cursor: {
      sync: { key: syncKey, setSeries: false },
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
    },
    scales: {
      x: { range: () => [latest.current.from / 1000, latest.current.to / 1000] },
      y: { range: (_, low, high) => spread(withLimits(pane.range, latest.current.limits), low, high) },
    },
    axes: [
      {
        ...axis,
        show: true,
        values: (_, splits) => (hasTimes ? axisTimes(splits) : []),
        size: hasTimes ? TIME_AXIS_PX : 0,
      },
      { ...axis, size: VALUE_AXIS_PX },
    ],
    series: [
      {},
      ...pane.lines.flatMap(({ label, tone, spot, isDashed }): uPlot.Series[] => {
        const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }
        return [
          {
            label,
            stroke: color(tone),
            width: 1.5,
            spanGaps: false,
            ...(isDashed ? { dash: [4, 3] } : {}),
            ...(spot ? { points: { show: true, size: 5, fill: color(tone) } } : {}),
          },
          edge,
          edge,
        ]
      }),
    ],
    bands: pane.lines.map(({ tone }, line) => ({
      series: [line * 3 + 2, line * 3 + 3] as [number, number],
      fill: `${color(tone)}38`,
    })),
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width } = chart.select
          if (width < 4) return
          // The other charts share the selection; only the one under the pointer has the event, so that a drag zooms once.
          if (chart.cursor.event) {
            latest.current.onZoom(chart.posToVal(left, 'x') * 1000, chart.posToVal(left + width, 'x') * 1000)
          }
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
      setCursor: [(chart) => latest.current.onCursor(chart.cursor.idx ?? undefined)],
      draw: [(chart) => drawOver(chart, latest.current, color)],
    },
  }
}

/** The usual range with the limits in sight. */
function withLimits([low, high]: TrendPane['range'], limits: readonly LimitStep[]): [number, number] {
  const values = limits.map(({ value }) => value)
  return [Math.min(low, ...values), Math.max(high, ...values)]
}

/** Limits, marks and the forecast, over the lines. */
function drawOver(
  chart: uPlot,
  { pane, limits, marks, forecast, from, to }: TrendPlotProps,
  color: (name: string) => string,
): void {
  const { ctx: context, bbox } = chart
  const x = (ms: number) => chart.valToPos(ms / 1000, 'x', true)
  const y = (value: number) => chart.valToPos(value, 'y', true)
  context.save()
  context.beginPath()
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  context.clip()
  context.lineWidth = devicePixelRatio
  for (const { at, tone } of marks) {
    if (at < from || at > to) continue
    context.strokeStyle = `${color(tone)}90`
    context.setLineDash([])
    line(context, x(at), bbox.top, x(at), bbox.top + bbox.height)
  }
  context.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
  context.strokeStyle = color('--limit')
  for (const step of limits) line(context, x(step.from), y(step.value), x(step.to), y(step.value))
  if (forecast) {
    const [start, end] = [forecast.from, forecast.to]
    context.strokeStyle = color(pane.lines[0]?.tone ?? '--text')
    context.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio])
    line(context, x(start[0]), y(start[1]), x(end[0]), y(end[1]))
    context.setLineDash([])
    context.beginPath()
    context.arc(x(end[0]), y(end[1]), 4 * devicePixelRatio, 0, 2 * Math.PI)
    context.stroke()
  }
  context.restore()
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
}
