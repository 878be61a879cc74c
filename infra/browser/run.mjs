// `npm run test:browser`: finds Chromium (installs Debian's as root where there is none) and runs the browser tests; with `--script FILE`, that script
// instead, with the arguments after it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Runs a command with its output on ours; answers whether it went well. */
const run = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0

function findChromium() {
  const named = process.env.CHROMIUM
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM names ${named}, which does not exist`)
  }
  return CANDIDATES.find((path) => existsSync(path))
}

function installChromium() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  process.stderr.write('no Chromium: installing the one of the distribution\n')
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  const installed =
    run('apt-get', ['update', '-q'], quiet) &&
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], quiet)
  return installed ? findChromium() : undefined
}

const chromium = findChromium() ?? installChromium()
if (chromium === undefined) {
  process.stderr.write('No Chromium found. Install it, or name it in the environment variable CHROMIUM.\n')
  process.exit(1)
}
const built =
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']) &&
  run(process.execPath, [join(root, 'infra/build/dashboard.mjs')])
if (!built) process.exit(1)
const [option, script, ...rest] = process.argv.slice(2)
const command =
  option === '--script' && script !== undefined
    ? [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, script), ...rest]
    : [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--config',
        join(import.meta.dirname, 'vitest.config.ts'),
        ...process.argv.slice(2),
      ]
process.exit(run(process.execPath, command, { CHROMIUM: chromium }) ? 0 : 1)
