import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const ROOT = join(import.meta.dirname, '../..')

export default defineConfig({
  test: {
    root: ROOT,
    include: ['{packages,services,simulators,infra,tests}/**/*.engines.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: [join(ROOT, 'tests/support/build.ts'), join(import.meta.dirname, 'shared-engines.ts')],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A file's engines and services take more of the machine than the file does.
    maxWorkers: 2,
  },
})
