import type { TrendPane } from './panes.ts'
import type { TrendTable } from './trend-store.ts'
import { hasBand } from './windows.ts'

/** A table as text: its head, and a row a window that holds a value. */
export interface TrendRows {
  readonly head: readonly string[]
  readonly rows: readonly { readonly timeMs: number; readonly cells: readonly (number | undefined)[] }[]
}

/** What the charts show as a table, newest first: the mean of each window, and its lowest and highest where they are drawn. */
export function rowsOf(panes: readonly TrendPane[], table: TrendTable, windowMs: number): TrendRows {
  const lines = panes.flatMap((pane) => pane.lines.map((line) => ({ ...line, unit: pane.unit })))
  const isBand = hasBand(windowMs)
  const columns = lines.flatMap(({ code, label, unit }) => {
    const column = table.columns.get(code)
    const named = unit === '' ? label : `${label} (${unit})`
    const mean = { head: named, cells: column?.mean ?? [] }
    if (!isBand) return [mean]
    return [
      mean,
      { head: `${label} lowest`, cells: column?.low ?? [] },
      { head: `${label} highest`, cells: column?.high ?? [] },
    ]
  })
  const rows = table.times
    .map((timeMs, index) => ({ timeMs, cells: columns.map(({ cells }) => cells[index] ?? undefined) }))
    .filter(({ cells }) => cells.some((cell) => cell !== undefined))
  return { head: columns.map(({ head }) => head), rows: rows.toReversed() }
}

/** The same as CSV (RFC 4180), oldest first: the start of each window in UTC and as ms since 1970. */
export function csvOf({ head, rows }: TrendRows): string {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = rows
    .toReversed()
    .map(({ timeMs, cells }) => [new Date(timeMs).toISOString(), String(timeMs), ...cells.map((cell) => cell ?? '')])
  return [['time', 'epochMs', ...head].map(quoted), ...lines].map((line) => line.join(',')).join('\r\n') + '\r\n'
}
