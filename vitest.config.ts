import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,services,simulators}/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['./tests/support/build.ts'],
    setupFiles: ['./tests/support/property-runs.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // The end-to-end tests mostly wait (for a heart attack, a restart, a lock): they need no core of their own.
    maxWorkers: 3,
  },
})
