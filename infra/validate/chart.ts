import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { run } from '../local/command.ts'
import { KUBERNETES_VERSION, installTools } from './tools.ts'
import { ROOT, yamlDocuments, type Tree } from './tree.ts'

const CHART = join(ROOT, 'infra/helm/pulsewire')

/** The least that must be said. */
export const LEAST = {
  secrets: { influxToken: 'only-for-this-test' },
  kafka: { brokers: ['kafka.example:9093'] },
  influxdb: { url: 'https://influxdb.example' },
  broker: { tls: { secretName: 'mqtt-tls' } },
}

/** Runs a command of helm on the chart with values; answers what it prints. Rejects with what it objects to. */
export async function helm(command: readonly string[], values: object): Promise<string> {
  const tools = await installTools()
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-chart-'))
  try {
    const file = join(directory, 'values.yaml')
    writeFileSync(file, stringify(values))
    const own = { HELM_CACHE_HOME: directory, HELM_CONFIG_HOME: directory, HELM_DATA_HOME: directory }
    return await run(tools.helm, [...command, CHART, '--kube-version', KUBERNETES_VERSION, '--values', file], {
      env: { ...process.env, ...own },
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The manifests that the chart makes of values. */
export async function rendered(values: object): Promise<Tree[]> {
  return yamlDocuments(await helm(['template', 'ward'], values))
}
