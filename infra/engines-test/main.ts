// `npm run test:engines [-- <files>]`: the contract suites, end-to-end and fault tests on a real Kafka and a real InfluxDB.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { installInfluxdb } from '../local/influxdb/install.ts'
import { fetchKafka } from '../local/kafka/kafka.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Runs a node program with its output on ours; answers its exit code. */
function node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
    // Ctrl-C reaches the child too; we wait for what it makes of it.
    const wait = (): void => {}
    process.on('SIGINT', wait)
    process.once('SIGTERM', () => child.kill('SIGTERM'))
    child.once('error', reject)
    child.once('exit', (code) => {
      process.off('SIGINT', wait)
      resolve(code ?? 1)
    })
  })
}

// What the cache has not is fetched first, beside the build; a first InfluxDB takes minutes.
const [built] = await Promise.all([
  node([join(ROOT, 'node_modules/typescript/bin/tsc'), '-b']),
  installInfluxdb(),
  fetchKafka(),
])
if (built === 0) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const config = join(import.meta.dirname, 'vitest.config.ts')
  const args = [vitest, 'run', '--config', config, ...process.argv.slice(2)]
  process.exitCode = await node(args, { PULSEWIRE_TEST_NO_BUILD: '1' })
} else process.exitCode = built
