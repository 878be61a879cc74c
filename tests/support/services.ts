import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ADMIN_PASSWORD } from './station.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The services that run alone, any number of times (the compiled `services/<name>/dist/main.js`). */
export type ServiceName = 'broker' | 'bridge' | 'detector' | 'alarm-manager' | 'recorder' | 'api'

/** What a service says in one line on stdout when it serves. */
export interface ServiceReady {
  readonly httpPort?: number
  readonly mqttPort?: number
  readonly mqttsPort?: number
  readonly operationPort?: number
}

/** A real service, as a process of its own, which can be killed, paused and started again. */
export interface TestService {
  readonly name: ServiceName
  /** Name for people: `detector-2`. */
  readonly label: string
  /** Of the process that runs now; `undefined` where none does. */
  readonly pid: number | undefined
  /** What it said when it was last ready. Throws before that. */
  readonly ready: ServiceReady
  /** How often its process has ended without being asked to: a crash. */
  readonly crashes: number
  /** What all its processes said on stderr so far. */
  stderr(): string
  /** SIGTERM; resolves with the exit code and how long it took. */
  stop(): Promise<{ code: number | null; tookMs: number }>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP: it hangs, its connections stay open. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Starts it again after `stop` or `kill` (else kills it first), on the ports that it had; resolves when it is ready, with how long that took. */
  restart(): Promise<{ tookMs: number }>
}

export interface ServiceOptions {
  /** Default: the name and a number. */
  readonly label?: string
  /** Added to, and before, what the process inherits. Ports are 0 (any) unless given. */
  readonly env?: Readonly<Record<string, string>>
  readonly readyWithinMs?: number
}

const running = new Set<ChildProcess>()
const counts = new Map<ServiceName, number>()
// A process that is paused cannot end by itself when this one is gone.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a service on free ports and resolves when it says that it serves. */
export async function startService(name: ServiceName, options: ServiceOptions = {}): Promise<TestService> {
  const number = (counts.get(name) ?? 0) + 1
  counts.set(name, number)
  const { label = `${name}-${number}`, readyWithinMs = 60_000 } = options
  let child: ChildProcess | undefined
  let ready: ServiceReady | undefined
  let stderr = ''
  let crashes = 0
  /** The process whose end was asked for. */
  let ending: ChildProcess | undefined

  const launch = async (): Promise<void> => {
    const launched = fork(join(ROOT, `services/${name}/dist/main.js`), [], {
      cwd: ROOT,
      execArgv: ['--enable-source-maps'],
      // By the channel it notices when this process is gone.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...inherited(), ...DEFAULTS, ...options.env, ...portsOf(ready) },
    })
    child = launched
    running.add(launched)
    launched.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    launched.once('exit', () => {
      running.delete(launched)
      if (ending !== launched) crashes += 1
    })
    ready = await readyLine(launched, readyWithinMs, () => `${label}: ${stderr.slice(-4_000)}`)
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ended = child
    if (ended === undefined) return null
    ending = ended
    if (ended.exitCode === null && ended.signalCode === null) {
      const exit = once(ended, 'exit')
      ended.kill(signal)
      await exit
    }
    return ended.exitCode
  }
  await launch()

  return {
    name,
    label,
    get pid() {
      return child === undefined || !running.has(child) ? undefined : child.pid
    },
    get ready() {
      if (ready === undefined) throw new Error(`${label} has not been ready`)
      return ready
    },
    get crashes() {
      return crashes
    },
    stderr: () => stderr,
    stop: async () => {
      const startedAt = performance.now()
      const code = await end('SIGTERM')
      return { code, tookMs: performance.now() - startedAt }
    },
    kill: async () => {
      await end('SIGKILL')
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    restart: async () => {
      await end('SIGKILL')
      const startedAt = performance.now()
      await launch()
      return { tookMs: performance.now() - startedAt }
    },
  }
}

const DEFAULTS = {
  PULSEWIRE_HTTP_PORT: '0',
  PULSEWIRE_MQTT_PORT: '0',
  PULSEWIRE_MQTTS_PORT: '0',
  PULSEWIRE_ADMIN_PASSWORD: ADMIN_PASSWORD,
  PULSEWIRE_LOG_LEVEL: 'warn',
}

/** The environment without settings of a Pulsewire that somebody runs by hand. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PULSEWIRE_')))
}

/** The ports that it was given before, so that those who reached it there reach it again. */
function portsOf(ready: ServiceReady | undefined): Record<string, string> {
  const ports = {
    PULSEWIRE_HTTP_PORT: ready?.httpPort,
    PULSEWIRE_MQTT_PORT: ready?.mqttPort,
    PULSEWIRE_MQTTS_PORT: ready?.mqttsPort,
    PULSEWIRE_OPERATION_PORT: ready?.operationPort,
  }
  return Object.fromEntries(
    Object.entries(ports).flatMap(([name, port]) => (port === undefined ? [] : [[name, String(port)] as const])),
  )
}

function readyLine(child: ChildProcess, withinMs: number, context: () => string): Promise<ServiceReady> {
  return new Promise((resolve, reject) => {
    const { stdout } = child
    if (stdout === null) throw new Error('the service has no stdout')
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`not ready within ${withinMs} ms\n${context()}`))
    }, withinMs)
    const lines = createInterface({ input: stdout })
    lines.on('line', (line) => {
      const said: unknown = JSON.parse(line)
      if (!isReady(said)) return
      clearTimeout(timer)
      resolve(said)
    })
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code ?? signal} before it was ready\n${context()}`))
    })
  })
}

function isReady(value: unknown): value is ServiceReady {
  return typeof value === 'object' && value !== null && 'ready' in value && value.ready === true
}
