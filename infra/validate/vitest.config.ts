import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const ROOT = join(import.meta.dirname, '../..')

export default defineConfig({
  test: {
    root: ROOT,
    include: ['infra/validate/*.validate.ts'],
    globalSetup: [join(ROOT, 'tests/support/build.ts')],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})
