#!/usr/bin/env node
// `npm run check-device`: builds what is stale, then listens.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
execFileSync(process.execPath, [here('../../node_modules/typescript/bin/tsc'), '-b', here('.')], { stdio: 'inherit' })
await import('./dist/main.js')
