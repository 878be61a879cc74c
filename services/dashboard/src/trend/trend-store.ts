/** What is known of a window: the mean of its values, the lowest and the highest. */
export interface TrendWindow {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** A value, `null` = a gap, `undefined` = nothing here, and what is on both sides belongs together. */
export type Cell = number | null | undefined

export interface TrendColumn {
  readonly mean: Cell[]
  readonly low: Cell[]
  readonly high: Cell[]
}

/** Aligned columns: the starts of the windows (ms), and for each code a cell a window. */
export interface TrendTable {
  readonly times: number[]
  readonly columns: ReadonlyMap<string, TrendColumn>
}

type Points = readonly (readonly [number, number | string])[]

/** Series in windows of one width: what the store answered, carried on by what comes live. */
export interface TrendStore {
  /** What the store answered for a range, in place of what is there. */
  load(code: string, answered: { readonly mean: Points; readonly low?: Points; readonly high?: Points }): void
  /** A live value. */
  add(code: string, timeMs: number, value: number): void
  /** The newest value of a code that is known, by window. */
  newest(code: string): { readonly timeMs: number; readonly value: number } | undefined
  /** The windows that begin in `[fromMs, toMs)`. Values further apart than `joinMs` are not joined. */
  table(fromMs: number, toMs: number, joinMs: (code: string) => number): TrendTable
}

interface Window {
  sum: number
  count: number
  low: number
  high: number
}

export function createTrendStore(codes: readonly string[], windowMs: number): TrendStore {
  const series = new Map(codes.map((code) => [code, new Map<number, Window>()]))
  /** Live values that came since the store was asked: each counts once. */
  const live = new Map<string, Map<number, number>>()
  const indexOf = (timeMs: number) => Math.floor(timeMs / windowMs)
  const put = (windows: Map<number, Window>, index: number, value: number): void => {
    const { sum, count, low, high } = windows.get(index) ?? { sum: 0, count: 0, low: value, high: value }
    windows.set(index, {
      sum: sum + value,
      count: count + 1,
      low: Math.min(low, value),
      high: Math.max(high, value),
    })
  }

  return {
    load(code, { mean, low = [], high = [] }) {
      const windows = series.get(code)
      if (!windows) return
      const lows = new Map(numbers(low))
      const highs = new Map(numbers(high))
      const loaded = new Set<number>()
      for (const [time, value] of numbers(mean)) {
        const index = indexOf(time)
        loaded.add(index)
        windows.set(index, { sum: value, count: 1, low: lows.get(time) ?? value, high: highs.get(time) ?? value })
      }
      // The newest window goes on while it is asked for: what came live belongs to it.
      for (const [timeMs, value] of live.get(code) ?? [])
        if (!loaded.has(indexOf(timeMs))) put(windows, indexOf(timeMs), value)
    },
    add(code, timeMs, value) {
      const windows = series.get(code)
      if (!windows) return
      const heard = live.get(code) ?? new Map<number, number>()
      live.set(code, heard)
      if (heard.has(timeMs)) return
      heard.set(timeMs, value)
      put(windows, indexOf(timeMs), value)
    },
    newest(code) {
      const windows = series.get(code)
      if (!windows || windows.size === 0) return undefined
      const index = [...windows.keys()].reduce((most, each) => Math.max(most, each), -Infinity)
      const window = windows.get(index)
      return window && { timeMs: index * windowMs, value: window.sum / window.count }
    },
    table(fromMs, toMs, joinMs) {
      const first = Math.ceil(fromMs / windowMs)
      const length = Math.max(0, Math.ceil(toMs / windowMs) - first)
      const times = Array.from({ length }, (_, index) => (first + index) * windowMs)
      const columns = new Map(
        [...series].map(([code, windows]): [string, TrendColumn] => {
          const cells = times.map((_, index) => windows.get(first + index))
          return [
            code,
            {
              mean: joined(cells, (window) => window.sum / window.count, joinMs(code) / windowMs),
              low: joined(cells, (window) => window.low, joinMs(code) / windowMs),
              high: joined(cells, (window) => window.high, joinMs(code) / windowMs),
            },
          ]
        }),
      )
      return { times, columns }
    },
  }
}

function numbers(points: Points): [number, number][] {
  return points.flatMap(([time, value]) => (typeof value === 'number' ? [[time, value]] : []))
}

/** Windows without a value between two that are close enough are no gap; all others are. */
function joined(
  windows: readonly (Window | undefined)[],
  valueOf: (window: Window) => number,
  mostWindows: number,
): Cell[] {
  const cells: Cell[] = windows.map((window) => (window ? valueOf(window) : null))
  let last = -1
  for (const [index, window] of windows.entries()) {
    if (!window) continue
    if (last >= 0 && index - last <= mostWindows) cells.fill(undefined, last + 1, index)
    last = index
  }
  return cells
}
