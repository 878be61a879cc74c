import { defineConfig } from 'vitest/config'

/** The browser tests: a real station, a real Chromium. Started by run.mjs, which finds the browser. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.browser.ts'],
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
