#!/usr/bin/env node
// `npm start [-- --engines]`: builds what is stale, then runs the station in this process, so that a signal reaches it.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
for (const step of [['node_modules/typescript/bin/tsc', '-b'], ['infra/build/dashboard.mjs']]) {
  // What the build prints goes to stderr: stdout is the station's answer.
  const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}
// Under npm, the station ends with it: an npm that is killed passes nothing on. (The script `exec`s node, so that what npm does pass on reaches
// this process and not a shell. Where a shell has no `exec`, run this file.)
if (process.env.npm_lifecycle_event === 'start') {
  const npm = process.ppid
  setInterval(() => {
    if (process.ppid !== npm) process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}
await import('./dist/main.js')
