import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../local/command.ts'
import { labelValues, metricNames, unknownMetrics } from './metric-names.ts'
import { installTools } from './tools.ts'
import { ROOT, listAt, readText, readYaml, textAt, treeAt } from './tree.ts'

const GRAFANA = join(ROOT, 'infra/grafana')
const rules = listAt(readYaml('infra/grafana/alerts.yml'), 'groups').flatMap((group) => listAt(group, 'rules'))
const tests = readYaml('infra/grafana/alerts.test.yml')

let promtool: string
let directory: string
beforeAll(async () => {
  promtool = (await installTools()).promtool
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-prometheus-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the Prometheus configuration', () => {
  it('is one that Prometheus takes, with its rules', async () => {
    const config = readText('infra/compose/prometheus.yml')
    const file = join(directory, 'prometheus.yml')
    writeFileSync(file, config.replace('/etc/prometheus/alerts.yml', join(GRAFANA, 'alerts.yml')))
    expect(await run(promtool, ['check', 'config', file])).toContain(`${rules.length} rules found`)
    writeFileSync(file, config.replace('scrape_interval', 'scrape_intervall'))
    await expect(run(promtool, ['check', 'config', file])).rejects.toThrow(/scrape_intervall/)
  })

  it('asks every service of compose that serves metrics', () => {
    const asked = listAt(readYaml('infra/compose/prometheus.yml'), 'scrape_configs', 0, 'dns_sd_configs', 0, 'names')
    const services = Object.entries(treeAt(readYaml('infra/compose.yaml'), 'services'))
      .filter(([, service]) => /^services\/.+\/dist\/main\.js$/.test(textAt(service, 'command', 0)))
      .map(([name]) => name)
    expect(asked.map(String).toSorted()).toEqual(services.toSorted())
  })
})

describe('the alerts', () => {
  it('ring when they should, and then no other does (promtool)', async () => {
    expect(await run(promtool, ['test', 'rules', join(GRAFANA, 'alerts.test.yml')])).toContain('SUCCESS')
  })

  it('are each seen to ring by a test', () => {
    const seen = readText('infra/grafana/alerts.test.yml')
    expect(listAt(tests, 'tests').length).toBeGreaterThan(rules.length)
    expect(
      rules.map((rule) => textAt(rule, 'alert')).filter((alert) => !seen.includes(`alertname="${alert}"`)),
    ).toEqual([])
  })

  it('say how bad it is, and what it is', () => {
    for (const rule of rules) {
      expect(['critical', 'warning']).toContain(textAt(rule, 'labels', 'severity'))
      expect(textAt(rule, 'annotations', 'summary')).not.toBe('')
    }
  })

  it('name only metrics and labels that the services have', () => {
    const known = metricNames()
    const expressions = rules.map((rule) => textAt(rule, 'expr'))
    expect(expressions.flatMap((expression) => unknownMetrics(expression, known))).toEqual([])
    expect(expressions.flatMap((expression) => labelValues(expression))).toEqual([])
    expect(unknownMetrics('rate(pulsewire_broker_recieved_total[1m])', known)).toEqual([
      'pulsewire_broker_recieved_total',
    ])
  })

  it('are in the chart as they are here', () => {
    expect(readFileSync(join(ROOT, 'infra/helm/pulsewire/files/alerts.yml'), 'utf8')).toBe(
      readText('infra/grafana/alerts.yml'),
    )
  })
})
