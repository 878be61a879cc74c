import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../..')
export const ADMIN_PASSWORD = 'correct horse battery'

/** A real station, as a process of its own. */
export interface TestStation {
  readonly httpPort: number
  readonly mqttPort: number
  readonly mqttsPort: number
  /** Where PULSEWIRE_OPERATION_PORT was given. */
  readonly operationPort?: number
  readonly url: string
  readonly dataDirectory: string
  readonly pid: number
  /** What it said on stderr so far. */
  stderr(): string
  /** SIGINT, as Ctrl-C does; resolves with the exit code and how long it took. */
  stop(): Promise<{ code: number | null; tookMs: number }>
  /** SIGKILL, of the station alone: its processes must end by themselves. */
  kill(): Promise<void>
}

export interface StartOptions {
  readonly dataDirectory: string
  readonly env?: Record<string, string>
  /** Through `npm start`, as README says, instead of the compiled module. */
  readonly npm?: boolean
}

/** A data directory of its own for a test, and its removal. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'pulsewire-e2e-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) }
}

/** Starts a station on free ports and waits until it says that it serves. */
export async function startStation({ dataDirectory, env = {}, npm = false }: StartOptions): Promise<TestStation> {
  const [command, ...args] = npm ? ['npm', 'start', '--silent'] : [process.execPath, 'services/station/dist/main.js']
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PULSEWIRE_DATA_DIR: dataDirectory,
      PULSEWIRE_HTTP_PORT: '0',
      PULSEWIRE_MQTT_PORT: '0',
      PULSEWIRE_MQTTS_PORT: '0',
      PULSEWIRE_ADMIN_PASSWORD: ADMIN_PASSWORD,
      PULSEWIRE_DEMO: '0',
      // What tests count is what they sent.
      PULSEWIRE_PROOF_EVERY_S: '0',
      PULSEWIRE_LOG_LEVEL: 'warn',
      ...env,
    },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ready = await readyLine(child, () => stderr)
  return {
    ...ready,
    url: `http://127.0.0.1:${ready.httpPort}`,
    dataDirectory,
    pid: child.pid ?? 0,
    stderr: () => stderr,
    stop: async () => {
      const startedAt = performance.now()
      const code = await end(child, 'SIGINT')
      return { code, tookMs: performance.now() - startedAt }
    },
    kill: async () => {
      await end(child, 'SIGKILL')
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
  return child.exitCode
}

interface Ready {
  readonly httpPort: number
  readonly mqttPort: number
  readonly mqttsPort: number
  readonly operationPort?: number
}

function readyLine(child: ChildProcess, stderr: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('the station has no stdout')
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said: unknown = JSON.parse(line)
      if (isReady(said)) resolve(said)
    })
    child.once('exit', (code) => reject(new Error(`the station ended with ${code}:\n${stderr()}`)))
  })
}

function isReady(value: unknown): value is Ready {
  return typeof value === 'object' && value !== null && 'ready' in value && value.ready === true
}

/** The certificate authority that the station made for itself. */
export function readCa(station: TestStation): string {
  return readFileSync(join(station.dataDirectory, 'tls', 'ca.pem'), 'utf8')
}
