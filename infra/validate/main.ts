// `npm run infra:check`: what cannot be run without Docker or a cluster is at least held against the schemas and the linters of those who
// run it: compose, the Dockerfile (whose steps are replayed), the Helm chart, Prometheus' configuration and alerts, Grafana's dashboards.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { installTools } from './tools.ts'

const root = resolve(import.meta.dirname, '../..')
try {
  await installTools()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const config = join(import.meta.dirname, 'vitest.config.ts')
const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
