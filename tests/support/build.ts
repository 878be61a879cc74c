import { execFileSync } from 'node:child_process'

/** Packages find each other through their builds, and tests start real processes: so build first (a second where nothing changed). */
export function setup(): void {
  if (process.env['PULSEWIRE_TEST_NO_BUILD'] === '1') return
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' })
}
