import { fork, type ChildProcess } from 'node:child_process'
import type { Logger } from '@pulsewire/runtime'

/** A process of the station. */
export interface ProcessSpec {
  readonly name: string
  /** Path of the compiled module. */
  readonly module: string
  /** Asked before each start, so that a restart gets what was learnt in between (the port that was free). */
  readonly env: () => NodeJS.ProcessEnv
}

/** What a process says when it serves; the rest is its own. */
export interface ReadyMessage {
  readonly type: 'ready'
  readonly [field: string]: unknown
}

export interface Supervisor {
  /** Starts a process and keeps it running; resolves with what it said when it was first ready. */
  start(spec: ProcessSpec): Promise<ReadyMessage>
  /** Process ids by name, of those that run now. */
  pids(): Record<string, number>
  /** Stops all, gracefully at first. */
  stop(): Promise<void>
}

export interface SupervisorOptions {
  readonly logger: Logger
  readonly firstReadyWithinMs?: number
  readonly stopWithinMs?: number
  readonly restartAfterMs?: number
}

const LONGEST_RESTART_DELAY_MS = 5_000
/** A process that ran for so long has recovered: the next failure counts as the first. */
const RECOVERED_AFTER_MS = 30_000
/** Exit code of a process whose configuration is wrong: starting it again would not help. */
const EXIT_CONFIG_INVALID = 2
/** A process that ends so often before it was ever ready will not be: the start fails, and what it said is on stderr. */
const FIRST_ATTEMPTS = 4

/** Supervises the processes of a station: one that ends is started again, with growing delays. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { logger, firstReadyWithinMs = 30_000, stopWithinMs = 4_000, restartAfterMs = 200 } = options
  const children = new Map<string, ChildProcess>()
  const timers = new Set<NodeJS.Timeout>()
  let stopping = false

  const later = (delayMs: number, run: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, delayMs)
    timers.add(timer)
    return timer
  }

  const start = (spec: ProcessSpec): Promise<ReadyMessage> =>
    new Promise((resolve, reject) => {
      let failures = 0
      let wasReady = false
      const giveUp = later(firstReadyWithinMs, () => {
        reject(new Error(`${spec.name} was not ready within ${firstReadyWithinMs} ms`))
      })
      const spawn = (): void => {
        if (stopping) return
        const startedAt = performance.now()
        const child = fork(spec.module, [], {
          env: spec.env(),
          execArgv: ['--enable-source-maps'],
          // What a process prints goes to stderr: stdout is the station's answer.
          stdio: ['ignore', 2, 2, 'ipc'],
        })
        children.set(spec.name, child)
        child.on('message', (message: unknown) => {
          if (!isReady(message)) return
          clearTimeout(giveUp)
          timers.delete(giveUp)
          wasReady = true
          resolve(message)
        })
        const again = (code: number | null, signal: NodeJS.Signals | null): void => {
          if (children.get(spec.name) === child) children.delete(spec.name)
          if (stopping) return
          if (!wasReady && code === EXIT_CONFIG_INVALID) {
            reject(new Error(`${spec.name} refused its configuration`))
            return
          }
          failures = performance.now() - startedAt > RECOVERED_AFTER_MS ? 0 : failures
          if (!wasReady && failures + 1 >= FIRST_ATTEMPTS) {
            reject(new Error(`${spec.name} does not start: it ended ${FIRST_ATTEMPTS} times (code ${code ?? signal})`))
            return
          }
          const delayMs = Math.min(restartAfterMs * 2 ** failures++, LONGEST_RESTART_DELAY_MS)
          logger.error({ process: spec.name, code, signal, delayMs }, 'ended; it is started again')
          later(delayMs, spawn)
        }
        child.on('exit', again)
        child.on('error', (error) => {
          logger.error({ err: error, process: spec.name }, 'cannot be started')
          // Never spawned: no exit will tell.
          if (child.pid === undefined) again(null, null)
        })
      }
      spawn()
    })

  return {
    start,
    pids: () => {
      const running = [...children].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const]))
      return Object.fromEntries(running)
    },
    stop: async () => {
      stopping = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([...children.values()].map((child) => endProcess(child, stopWithinMs)))
    },
  }
}

function endProcess(child: ChildProcess, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready'
}
