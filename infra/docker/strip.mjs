// Removes what a built tree needs no more to run: sources, types, source maps, the notes of the build.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(process.argv[2] ?? '.')
const RUNS_ON = /\.(js|mjs|json|html|css|svg|png|ico|woff2|webmanifest)$/

for (const group of ['packages', 'services', 'simulators']) {
  for (const name of readdirSync(join(root, group))) {
    const workspace = join(root, group, name)
    for (const entry of readdirSync(workspace)) {
      // `records` are the recordings that the demo ward replays; the rest is what `tsc` and Vite were told.
      const keep = ['dist', 'dist-web', 'package.json', 'node_modules', 'records', 'start.mjs'].includes(entry)
      if (!keep) rmSync(join(workspace, entry), { recursive: true, force: true })
    }
    for (const built of [join(workspace, 'dist'), join(workspace, 'dist-web')].filter(existsSync)) {
      for (const entry of readdirSync(built, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && !RUNS_ON.test(entry.name)) rmSync(join(entry.parentPath, entry.name))
      }
    }
  }
}
for (const rest of ['infra/build', 'tsconfig.base.json']) rmSync(join(root, rest), { recursive: true, force: true })
