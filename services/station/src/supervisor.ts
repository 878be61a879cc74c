import { fork, type ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'
import {
  mergeMetrics,
  openOperationChannel,
  type Health,
  type Logger,
  type Operation,
  type OperationChannel,
  type Question,
  type Readiness,
} from '@pulsewire/runtime'

/** A process of the station. */
export interface ProcessSpec {
  readonly name: string
  /** Path of the compiled module. */
  readonly module: string
  /** Asked before each start, so that a restart gets what was learnt in between (the port that was free). */
  readonly env: () => NodeJS.ProcessEnv
  /** It listens at the same ports as others that say so: connections are dealt out in turn, and go to those that live. */
  readonly sharesPorts?: boolean
  /** For Node, besides what all processes have. */
  readonly nodeFlags?: readonly string[]
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
  /** What all processes say together. */
  readonly operation: Operation
  /** Stops all, gracefully at first. */
  stop(): Promise<void>
}

export interface SupervisorOptions {
  readonly logger: Logger
  /** A process that is heard of may take longer for its first start: it has much to read. Default 30 s. */
  readonly firstReadyWithinMs?: number
  readonly stopWithinMs?: number
  readonly restartAfterMs?: number
  /** A process that says nothing for so long hangs: it is killed and started again. Default 15 s. */
  readonly hangAfterMs?: number
  /** How often the silence of the processes is looked at. Default a second. */
  readonly watchEveryMs?: number
}

const LONGEST_RESTART_DELAY_MS = 5_000
/** A process that ran for so long has recovered: the next failure counts as the first. */
const RECOVERED_AFTER_MS = 30_000
/** Exit code of a process whose configuration is wrong: starting it again would not help. */
const EXIT_CONFIG_INVALID = 2
/** A process that ends so often before it was ever ready will not be: the start fails, and what it said is on stderr. */
const FIRST_ATTEMPTS = 4

/** One that is heard of, and still not ready after so many times the time for that, never will be. */
const MOST_LOOKS = 20
/** Until a process has said anything at all it is being loaded, on a busy machine for long. */
const LOADING_MS = 60_000
/** A machine that is too busy is not helped by killing: after each hang the next process is given twice the time, up to so many times. */
const MOST_DOUBLINGS = 2
/** A process that nobody has heard of for so many times `hangAfterMs`, restarts or not: this station is not well. */
const LOST_FACTOR = 4

/** Less than a process that asks about all of them waits. */
const ANSWER_WITHIN_MS = 3_000

/** A process that runs. */
interface Child {
  readonly process: ChildProcess
  readonly channel: OperationChannel
  /** For how long it has said nothing, ms that the supervisor itself was awake. */
  silentMs: number
  /** It was killed for it. */
  hung: boolean
  hasSpoken: boolean
  /** How long it may say nothing. */
  readonly patienceMs: number
}

/** Supervises the processes of a station: one that ends, or hangs, is started again, with growing delays. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { logger, firstReadyWithinMs = 30_000, stopWithinMs = 4_000, restartAfterMs = 200 } = options
  const { hangAfterMs = 15_000, watchEveryMs = 1_000 } = options
  const children = new Map<string, Child>()
  /** For how long nobody has heard of each process, over its restarts. */
  const unheardMs = new Map<string, number>()
  const kills = new Map<string, number>()
  const readyMessages = new Map<string, ReadyMessage>()
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

  // Looks are counted, not time: after a pause of the whole machine everybody is given the time to speak again.
  const watch = setInterval(() => {
    for (const [name, ms] of unheardMs) unheardMs.set(name, ms + watchEveryMs)
    for (const [name, child] of children) {
      child.silentMs += watchEveryMs
      if (child.silentMs < (child.hasSpoken ? child.patienceMs : Math.max(LOADING_MS, child.patienceMs))) continue
      logger.error({ process: name, silentMs: child.silentMs }, 'hangs; it is killed')
      kills.set(name, (kills.get(name) ?? 0) + 1)
      child.silentMs = 0
      child.hung = true
      // What is stopped (SIGSTOP) hears nothing gentler.
      child.process.kill('SIGKILL')
    }
  }, watchEveryMs)

  const start = (spec: ProcessSpec): Promise<ReadyMessage> =>
    new Promise((resolve, reject) => {
      unheardMs.set(spec.name, 0)
      kills.set(spec.name, 0)
      let failures = 0
      let hangs = 0
      let wasReady = false
      let looks = 0
      const look = (): NodeJS.Timeout =>
        later(firstReadyWithinMs, () => {
          looks += 1
          const isHeard = (unheardMs.get(spec.name) ?? Infinity) < firstReadyWithinMs
          if (isHeard && looks < MOST_LOOKS) giveUp = look()
          else reject(new Error(`${spec.name} was not ready within ${looks * firstReadyWithinMs} ms`))
        })
      let giveUp = look()
      const spawn = (): void => {
        if (stopping) return
        const startedAt = performance.now()
        const child = launch(spec)
        // What a process asks is about all of them.
        const channel = openOperationChannel(
          child,
          (asked) => (asked === 'ports' ? portsOf(readyMessages.values()) : operation[asked]()),
          ANSWER_WITHIN_MS,
        )
        const patienceMs = hangAfterMs * 2 ** Math.min(hangs, MOST_DOUBLINGS)
        const entry: Child = { process: child, channel, silentMs: 0, hung: false, hasSpoken: false, patienceMs }
        children.set(spec.name, entry)
        child.on('message', (message: unknown) => {
          entry.silentMs = 0
          entry.hasSpoken = true
          unheardMs.set(spec.name, 0)
          if (!isReady(message)) return
          clearTimeout(giveUp)
          timers.delete(giveUp)
          wasReady = true
          readyMessages.set(spec.name, message)
          resolve(message)
        })
        const again = (code: number | null, signal: NodeJS.Signals | null): void => {
          if (children.get(spec.name) === entry) children.delete(spec.name)
          channel.close()
          if (stopping) return
          if (!wasReady && code === EXIT_CONFIG_INVALID) {
            reject(new Error(`${spec.name} refused its configuration`))
            return
          }
          const hadRecovered = performance.now() - startedAt > RECOVERED_AFTER_MS + entry.patienceMs
          failures = hadRecovered ? 0 : failures
          hangs = (hadRecovered ? 0 : hangs) + (entry.hung ? 1 : 0)
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

  /** Asks each process; `undefined` where it does not run, or does not answer. */
  const askAll = (question: Question): Promise<readonly (readonly [string, unknown])[]> =>
    Promise.all(
      [...unheardMs.keys()].map(async (name) => {
        const answer = await children
          .get(name)
          ?.channel.ask(question)
          .catch(() => undefined)
        return [name, answer] as const
      }),
    )
  const operation: Operation = {
    live: (): Health => {
      const lost = [...unheardMs].filter(([, ms]) => ms > hangAfterMs * LOST_FACTOR)
      const detail = lost.map(([name, ms]) => `${name}: nothing heard for ${Math.round(ms / 1000)} s`).join('; ')
      return lost.length > 0 ? { ok: false, detail } : { ok: true, detail: [...children.keys()].join(', ') }
    },
    ready: async (): Promise<Readiness> => {
      const answers = (await askAll('ready')).map(([name, answer]) => [name, readinessOf(answer)] as const)
      return { ok: answers.every(([, says]) => says === 'ok'), parts: Object.fromEntries(answers) }
    },
    metrics: async () => {
      const texts = (await askAll('metrics')).filter((each): each is [string, string] => typeof each[1] === 'string')
      const answered = new Set(texts.map(([name]) => name))
      const up = [...unheardMs.keys()].map((name) => [name, answered.has(name) ? 1 : 0] as const)
      return (
        mergeMetrics(Object.fromEntries(texts)) +
        gauge('pulsewire_station_process_up', 'gauge', '1 where the process answers', up) +
        gauge('pulsewire_station_hung_total', 'counter', 'Processes killed because they hung', [...kills])
      )
    },
  }

  return {
    start,
    operation,
    pids: () => {
      const running = [...children].flatMap(
        ([
          name,
          {
            process: { pid },
          },
        ]) => (pid === undefined ? [] : [[name, pid] as const]),
      )
      return Object.fromEntries(running)
    },
    stop: async () => {
      stopping = true
      clearInterval(watch)
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([...children.values()].map((child) => endProcess(child.process, stopWithinMs)))
    },
  }
}

/**
 * The young generation may grow to twice its usual size: what a message leaves behind is dead within a second, and with less room than a second of it is
 * copied to and fro first (a twelfth of the station's time with 2,000 wearables). It grows only where it is needed.
 */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=32']
/** What a process prints goes to stderr: stdout is the station's answer. */
const STDIO: ('ignore' | 'ipc' | 2)[] = ['ignore', 2, 2, 'ipc']

function launch({ module, env, sharesPorts = false, nodeFlags = [] }: ProcessSpec): ChildProcess {
  const options = { execArgv: [...NODE_FLAGS, ...nodeFlags], stdio: STDIO }
  if (!sharesPorts) return fork(module, [], { ...options, env: env() })
  cluster.setupPrimary({ ...options, exec: module, args: [] })
  return cluster.fork(env()).process
}

/** Where the processes listen, as they said: every field that ends in `Port`. */
function portsOf(messages: Iterable<ReadyMessage>): Record<string, number> {
  const fields = [...messages].flatMap((message) => Object.entries(message))
  const ports = fields.filter(
    (field): field is [string, number] => field[0].endsWith('Port') && typeof field[1] === 'number',
  )
  return Object.fromEntries(ports)
}

/** `ok`, or what is wrong with a process. */
function readinessOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !('ok' in answer)) return 'does not answer'
  if (answer.ok === true) return 'ok'
  const parts = 'parts' in answer && typeof answer.parts === 'object' && answer.parts !== null ? answer.parts : {}
  const problems = Object.entries(parts).filter(([, says]) => says !== 'ok')
  return problems.map(([part, says]) => `${part}: ${says}`).join('; ') || 'not ready'
}

/** One metric in Prometheus' text format. */
function gauge(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [string, number])[],
): string {
  const lines = samples.map(([process, value]) => `${name}{process=${JSON.stringify(process)}} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
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
