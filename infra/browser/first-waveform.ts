import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT, fingerprint, launch, openPage, signIn } from './support/browser.ts'
import { PASSWORD } from './support/station.ts'

// `npm run bench:start`: seconds from `npm start` to the first live waveform on a screen. What is stale is built in that time.
const data = mkdtempSync(join(tmpdir(), 'pulsewire-start-'))
const browser = await launch()
const startedAt = performance.now()
const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1)
const child = spawn('npm', ['start', '--silent'], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    PULSEWIRE_DATA_DIR: data,
    PULSEWIRE_HTTP_PORT: '0',
    PULSEWIRE_MQTT_PORT: '0',
    PULSEWIRE_MQTTS_PORT: '0',
    PULSEWIRE_ADMIN_PASSWORD: PASSWORD,
  },
})
try {
  const httpPort = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said: unknown = JSON.parse(line)
      if (typeof said === 'object' && said !== null && 'httpPort' in said) resolve(Number(said.httpPort))
    })
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)))
  })
  console.log(`serving after ${seconds()} s`)
  const { page } = await openPage(browser)
  await signIn(page, `http://127.0.0.1:${httpPort}`, PASSWORD)
  while ((await fingerprint(page, '.tile .sweep')).lit < 50) await sleep(20)
  console.log(`first live waveform on screen after ${seconds()} s`)
} finally {
  await browser.close()
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  await gone
  rmSync(data, { recursive: true, force: true })
}
