import type { Excerpt, Mark } from '../run/excerpt.ts'
import type { Table } from './record-table.ts'
import type { Row } from './rows.ts'

export interface PageSection {
  readonly title: string
  readonly text: string
  readonly excerpts: readonly Excerpt[]
}

export interface Page {
  readonly title: string
  /** How and on what it was made. */
  readonly about: string
  readonly goals: readonly Row[]
  readonly rows: readonly Row[]
  readonly sections: readonly PageSection[]
  /** Each record's own figures. */
  readonly records: Table
}

const WIDTH = 1100
const MARK_ROW = 16
const TRACE_HEIGHT = 110
const LEFT = 70

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** One page that needs nothing else: the table, then strips of the worst records as SVG. */
export function htmlPage({ title, about, goals, rows, sections, records }: Page): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width">
<style>
body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:${WIDTH + 60}px;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%;font-size:12.5px}td,th{border:1px solid #ccc;padding:3px 6px;text-align:left;vertical-align:top}
th{background:#f0f0f0}tr.no td.met{background:#fde0dc}tr.yes td.met{background:#dff3e1}
figure{margin:1rem 0}figcaption{font-weight:600}svg{background:#fff;border:1px solid #ddd;max-width:100%;height:auto}
</style></head><body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(about)}</p>
<h2>Goals</h2>
${htmlTable(goals)}
<h2>All figures</h2>
${htmlTable(rows)}
${sections.map((section) => htmlSection(section)).join('\n')}
${plainTable('Each record', records)}
</body></html>
`
}

function htmlTable(rows: readonly Row[]): string {
  const head = ['what', 'on', 'reached (95 % interval)', 'tuned on', 'held out', 'goal', 'met', 'to beat', 'notes']
  const body = rows.map(({ what, on, reached, tuned, heldOut, goal, met, toBeat, note }) => {
    const verdict = met === undefined ? '' : met ? 'yes' : 'no'
    const cells = [what, on, reached, tuned, heldOut, goal].map((text) => `<td>${escapeHtml(text ?? '')}</td>`).join('')
    const rest = [toBeat, note].map((text) => `<td>${escapeHtml(text ?? '')}</td>`).join('')
    return `<tr class="${verdict}">${cells}<td class="met">${verdict}</td>${rest}</tr>`
  })
  return `<table><thead><tr>${head.map((text) => `<th>${text}</th>`).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`
}

function plainTable(title: string, { head, body }: Table): string {
  if (body.length === 0) return ''
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`
  return `<h2>${escapeHtml(title)}</h2><table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('\n')}</tbody></table>`
}

function htmlSection({ title, text, excerpts }: PageSection): string {
  const figures = excerpts.map(
    (excerpt) => `<figure><figcaption>${escapeHtml(excerpt.title)}, ${excerpt.fromS.toFixed(1)} to ${excerpt.toS.toFixed(1)} s</figcaption>${svgOf(excerpt)}</figure>`, // prettier-ignore
  )
  return `<h2>${escapeHtml(title)}</h2><p>${escapeHtml(text)}</p>${figures.join('\n')}`
}

function svgOf({ fromS, toS, traces, reference, found, errorsS }: Excerpt): string {
  const x = (atS: number): number =>
    LEFT + ((Math.min(toS, Math.max(fromS, atS)) - fromS) / (toS - fromS)) * (WIDTH - LEFT)
  const lanes = (marks: readonly Mark[]): number =>
    Math.max(1, Math.min(6, marks.filter(({ toS }) => toS !== undefined).length))
  const referenceRows = lanes(reference)
  const foundRows = lanes(found)
  const tracesTop = MARK_ROW * (referenceRows + 1)
  const foundTop = tracesTop + traces.length * TRACE_HEIGHT
  const height = foundTop + MARK_ROW * (foundRows + 1) + 6
  const parts = [
    `<text x="2" y="12" font-size="11" fill="#06c">reference</text>`,
    marksOf(reference, x, 12, '#06c', referenceRows),
    ...traces.map(({ name, unit, values }, i) => {
      const top = tracesTop + i * TRACE_HEIGHT
      return `<text x="2" y="${top + 14}" font-size="11" fill="#333">${escapeHtml(name)} ${escapeHtml(unit)}</text>${pathOf(values, top, x, fromS, toS)}`
    }),
    `<text x="2" y="${foundTop + 12}" font-size="11" fill="#b30">found</text>`,
    marksOf(found, x, foundTop + 12, '#b30', foundRows),
    ...errorsS.map((atS) => `<line x1="${x(atS).toFixed(1)}" x2="${x(atS).toFixed(1)}" y1="${tracesTop}" y2="${foundTop}" stroke="#d00" stroke-width="8" stroke-opacity="0.15"/>`), // prettier-ignore
    ...Array.from({ length: Math.floor(toS) - Math.ceil(fromS) + 1 }, (_, i) => {
      const at = x(Math.ceil(fromS) + i).toFixed(1)
      return `<line x1="${at}" x2="${at}" y1="${tracesTop}" y2="${foundTop}" stroke="#000" stroke-opacity="0.08"/>`
    }),
  ]
  return `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img">${parts.join('')}</svg>`
}

function marksOf(marks: readonly Mark[], x: (atS: number) => number, y: number, colour: string, rows: number): string {
  let lane = 0
  return marks
    .map(({ atS, toS, text }) => {
      if (toS === undefined)
        return `<text x="${x(atS).toFixed(1)}" y="${y}" font-size="11" text-anchor="middle" fill="${colour}">${escapeHtml(text)}</text>`
      const top = y + MARK_ROW * (lane++ % rows)
      const [from, to] = [x(atS), x(toS)]
      return `<rect x="${from.toFixed(1)}" y="${top - 10}" width="${Math.max(2, to - from).toFixed(1)}" height="12" fill="${colour}" fill-opacity="0.15"/><text x="${(from + 3).toFixed(1)}" y="${top}" font-size="10" fill="${colour}">${escapeHtml(text)}</text>`
    })
    .join('')
}

function pathOf(
  values: readonly (number | null)[],
  top: number,
  x: (atS: number) => number,
  fromS: number,
  toS: number,
): string {
  const known = values.filter((value) => value !== null)
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const span = high - low || 1
  let pen = 'M'
  const points = values.map((value, i) => {
    if (value === null) {
      pen = 'M'
      return ''
    }
    const y = top + TRACE_HEIGHT - 8 - ((value - low) / span) * (TRACE_HEIGHT - 16)
    const point = `${pen}${x(fromS + (i / values.length) * (toS - fromS)).toFixed(1)},${y.toFixed(1)}`
    pen = 'L'
    return point
  })
  return `<path d="${points.join('')}" fill="none" stroke="#222" stroke-width="1"/>`
}
