// Builds the dashboard into services/dashboard/dist-web, only when a source is newer than what was built.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = resolve(import.meta.dirname, '../..')
const dashboard = join(root, 'services/dashboard')
const output = join(dashboard, 'dist-web/index.html')
/** What a build is made of. */
const sources = [
  join(dashboard, 'src'),
  join(dashboard, 'public'),
  join(dashboard, 'index.html'),
  join(dashboard, 'vite.config.mjs'),
  join(dashboard, 'package.json'),
  join(root, 'packages/contracts/src'),
  join(root, 'package-lock.json'),
]

/** The newest modification under a path, ms; 0 where there is nothing. */
function newestUnder(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0)
}

/** Whether the built dashboard is missing or older than its sources. */
export function dashboardIsStale() {
  return !existsSync(output) || sources.some((path) => newestUnder(path) > statSync(output).mtimeMs)
}

/** Builds what is stale; answers whether there was anything to do. `@pulsewire/contracts` must be compiled. */
export async function buildDashboard() {
  if (!dashboardIsStale()) return false
  const { build } = await import('vite')
  await build({ configFile: join(dashboard, 'vite.config.mjs'), logLevel: 'warn' })
  return true
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const startedAt = performance.now()
  const built = await buildDashboard()
  process.stderr.write(
    built ? `dashboard built in ${Math.round(performance.now() - startedAt)} ms\n` : 'dashboard is up to date\n',
  )
}
