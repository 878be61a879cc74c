import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { run } from '../local/command.ts'
import { labelValues, metricNames, unknownMetrics } from './metric-names.ts'
import { installTools } from './tools.ts'
import { ROOT, at, listAt, readText, readYaml, textAt, treeAt, type Tree } from './tree.ts'

const FOLDER = 'infra/grafana/dashboards'
const files = readdirSync(join(ROOT, FOLDER))
const dashboards = files.map((file) => {
  const dashboard: unknown = JSON.parse(readText(`${FOLDER}/${file}`))
  return { file, dashboard, panels: listAt(dashboard, 'panels') }
})
const sources = listAt(readYaml('infra/grafana/provisioning/datasources/pulsewire.yaml'), 'datasources')
const typeOf = new Map(sources.map((source) => [textAt(source, 'uid'), textAt(source, 'type')]))

describe.each(dashboards)('$file', ({ dashboard, panels }) => {
  it('is a dashboard that Grafana can keep: own uid, a schema version that it migrates from, no number of another database', () => {
    expect(textAt(dashboard, 'uid')).toMatch(/^pulsewire-[a-z]+$/)
    expect(Number(at(dashboard, 'schemaVersion'))).toBeGreaterThanOrEqual(36)
    expect(at(dashboard, 'id')).toBeUndefined()
    expect(panels.length).toBeGreaterThan(5)
  })

  it('has panels with numbers of their own that lie beside each other', () => {
    const ids = panels.map((panel) => at(panel, 'id'))
    expect(new Set(ids).size).toBe(ids.length)
    const taken = new Set<string>()
    for (const panel of panels) {
      const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((side) => Number(at(panel, 'gridPos', side)))
      expect((x ?? NaN) + (w ?? NaN)).toBeLessThanOrEqual(24)
      for (let column = x ?? 0; column < (x ?? 0) + (w ?? 0); column += 1) {
        for (let row = y ?? 0; row < (y ?? 0) + (h ?? 0); row += 1) {
          expect(taken).not.toContain(`${column},${row}`)
          taken.add(`${column},${row}`)
        }
      }
    }
  })

  it('asks data sources that are provisioned, each in its language', () => {
    const asked = [...panels.flatMap((panel) => listAt(panel, 'targets')), ...listAt(dashboard, 'templating', 'list')]
    for (const query of asked) {
      const uid = textAt(query, 'datasource', 'uid')
      expect([uid, typeOf.get(uid)]).toEqual([uid, textAt(query, 'datasource', 'type')])
      const language = typeOf.get(uid) === 'prometheus' ? 'expr' : 'query'
      expect(textAt(query, language)).not.toBe('')
    }
    for (const panel of panels) {
      const ids = listAt(panel, 'targets').map((target) => textAt(target, 'refId'))
      expect(new Set(ids).size).toBe(ids.length)
    }
  })

  it('uses only variables that it has', () => {
    const own = listAt(dashboard, 'templating', 'list').map((variable) => textAt(variable, 'name'))
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
    expect(used.filter((name) => !own.includes(name))).toEqual([])
  })
})

describe('the panels of metrics', () => {
  let promtool: string
  let directory: string
  beforeAll(async () => {
    promtool = (await installTools()).promtool
    directory = mkdtempSync(join(tmpdir(), 'pulsewire-grafana-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const expressions = dashboards
    .flatMap(({ panels }) => panels.flatMap((panel) => listAt(panel, 'targets')))
    .map((target) => textAt(target, 'expr'))
    .filter((expression) => expression !== '')

  it('are asked in valid PromQL', async () => {
    const file = join(directory, 'rules.yml')
    const rule = (expr: string, index: number): Tree => ({ record: `panel:${index}`, expr })
    const write = (list: readonly string[]): void =>
      writeFileSync(file, stringify({ groups: [{ name: 'panels', rules: list.map(rule) }] }))
    write(expressions.map((expression) => expression.replaceAll('$__rate_interval', '1m')))
    expect(await run(promtool, ['check', 'rules', file])).toContain(`${expressions.length} rules found`)
    write(['sum(rate(a[1m])'])
    await expect(run(promtool, ['check', 'rules', file])).rejects.toThrow(/parse error|unclosed/)
  })

  it('show only metrics and labels that the services have', () => {
    const known = metricNames()
    expect(expressions.length).toBeGreaterThan(15)
    expect(expressions.flatMap((expression) => unknownMetrics(expression, known))).toEqual([])
    expect(expressions.flatMap((expression) => labelValues(expression))).toEqual([])
  })
})

describe('the provisioning', () => {
  it('reads the dashboards from where compose puts them, and its data sources from variables that compose sets', () => {
    const grafana = treeAt(readYaml('infra/compose.yaml'), 'services', 'grafana')
    const provider = readYaml('infra/grafana/provisioning/dashboards/pulsewire.yaml')
    const mounts = listAt(grafana, 'volumes').map(String)
    expect(mounts).toContain(`./grafana/dashboards:${textAt(provider, 'providers', 0, 'options', 'path')}:ro`)
    const named = JSON.stringify(sources).match(/\$PULSEWIRE_\w+/g) ?? []
    expect(named.length).toBeGreaterThan(3)
    for (const name of named) expect(Object.keys(treeAt(grafana, 'environment'))).toContain(name.slice(1))
  })
})
