import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.interop.ts'],
    globalSetup: ['../../tests/support/build.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
})
