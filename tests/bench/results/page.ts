import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ratiosOf, type StageResult } from '../stages/stage.ts'
import { DIRECTORY, type SavedResult } from './save.ts'

/** All results of a name, the oldest first. */
export function readResults(name: string): SavedResult<readonly StageResult[]>[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as SavedResult<readonly StageResult[]>)
    .sort((a, b) => a.at.localeCompare(b.at))
}

const WIDTH = 640
const HEIGHT = 120
const PAD = 28

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
const shown = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** The page with plots: a stage each, commit by commit: ours, the limit, and the spread of the rounds. */
export function pageOf(results: readonly SavedResult<readonly StageResult[]>[]): string {
  const newest = results.at(-1)
  if (newest === undefined) return '<!doctype html><title>No results</title>'
  const { cpu, cores, memoryGiB, node, platform } = newest.machine
  const stages = newest.figures.map((stage) => stageSection(stage, results))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pulsewire, stage by stage</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
  svg { width: 100%; height: auto } text { font: 11px system-ui, sans-serif; fill: #444 }
  .ours { fill: #0a6; stroke: #0a6 } .limit { fill: #999; stroke: #999 }
  table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }
</style>
<h1>Pulsewire, stage by stage</h1>
<p>${escaped(`${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${platform}; commit ${newest.commit}, ${newest.at}`)}. Bars are the least
and the most of the rounds, points the median. Figures of other machines do not compare; ratios do.</p>
${stages.join('\n')}
</html>
`
}

function stageSection(stage: StageResult, results: readonly SavedResult<readonly StageResult[]>[]): string {
  const history = results.flatMap(({ commit, figures }) => {
    const same = figures.find(({ name }) => name === stage.name)
    return same === undefined ? [] : [{ commit, result: same }]
  })
  const also = Object.entries(stage.rounds.at(-1)?.also ?? {})
    .map(([name, value]) => `<tr><th>${escaped(name)}<td>${shown(value)}`)
    .join('')
  const ours = middle(stage.rounds.map((round) => round.ours))
  const limit = middle(stage.rounds.map((round) => round.limit))
  return `<h2>${escaped(stage.name)}</h2>
<p>${escaped(stage.what)}: <b>${shown(ours)} ${escaped(stage.unit)}</b>; ${escaped(stage.limit)}: ${shown(limit)}; ratio ${shown(middle(ratiosOf(stage)))} (${stage.better} is better)</p>
${plot(history)}
<table>${also}</table>`
}

function plot(history: readonly { readonly commit: string; readonly result: StageResult }[]): string {
  const all = history.flatMap(({ result }) => result.rounds.flatMap(({ ours, limit }) => [ours, limit]))
  const top = Math.max(...all) * 1.1
  const y = (value: number): number => HEIGHT - PAD - (value / top) * (HEIGHT - PAD - 8)
  const step = (WIDTH - 2 * PAD) / Math.max(1, history.length)
  const marks = history.flatMap(({ commit, result }, index) => {
    const x = PAD + (index + 0.5) * step
    const mark = (kind: 'ours' | 'limit', at: number): string => {
      const values = result.rounds.map((round) => round[kind])
      const [low, high] = [Math.min(...values), Math.max(...values)]
      return `<line class="${kind}" x1="${at}" x2="${at}" y1="${y(low)}" y2="${y(high)}"/><circle class="${kind}" cx="${at}" cy="${y(middle(values))}" r="3"><title>${kind}: ${shown(middle(values))}</title></circle>`
    }
    return [
      mark('ours', x - 4),
      mark('limit', x + 4),
      `<text x="${x}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(commit)}</text>`,
    ]
  })
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="ours and limit, commit by commit">
<line x1="${PAD}" x2="${WIDTH - PAD}" y1="${y(0)}" y2="${y(0)}" stroke="#ccc"/><text x="0" y="12">${shown(top)}</text><text x="0" y="${y(0)}">0</text>
${marks.join('\n')}
</svg>`
}
