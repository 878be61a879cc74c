import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, recordedPid } from './pids.ts'

const POLL_MS = 20
const READY_POLL_MS = 100
const READY_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 30_000
const LOG_TAIL_CHARACTERS = 3_000

/** The engine itself names its process before it begins, so that there is no moment at which it runs and nobody knows. */
const LAUNCH = 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@"'

/**
 * What ends an engine whose parent is gone, however it went: the shell's standard input is a pipe that only the parent holds, and its
 * end is the parent's end. Twice, for an engine that was just about to begin; and the engine alone, not a stranger who has been given
 * its process id since. SIGKILL works on a paused process too.
 */
const GUARD = `
  directory=$1 temporary=$2
  read -r _
  for pause in 0 1; do
    sleep $pause
    pid=$(cat "$0" 2>/dev/null) || continue
    case $(ps -ww -o args= -p "$pid") in *"$directory/"*) kill -KILL "$pid" 2>/dev/null ;; esac
  done
  [ "$temporary" != true ] || rm -rf "$directory"`

/** What there is to know about an engine in order to run it. */
export interface EngineSetup {
  readonly name: string
  /** Its data, log and pid file. Its path must stand in the command line, by which a pid file is believed. */
  readonly directory: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Asks the engine for something real; rejects while it does not serve. */
  readonly ready: () => Promise<void>
  /** It goes on when this process ends. Default: it is killed then, even if this process is killed. */
  readonly outlives?: boolean
  /** Remove the directory when this process ends without having done so. */
  readonly temporary?: boolean
}

/** One running engine, in the hands of a test. All of it keeps data and ports. */
export interface Engine {
  readonly name: string
  readonly directory: string
  readonly logFile: string
  /** Undefined while it is down. */
  readonly pid: number | undefined
  /** Starts it on the data that is there, and waits until it serves. */
  start(): Promise<void>
  /** Graceful; also a paused engine. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** SIGSTOP: it hangs without closing its connections. */
  pause(): void
  resume(): void
  /** stop (where it runs) and start. */
  restart(): Promise<void>
}

export function createEngine(setup: EngineSetup): Engine {
  return new EngineProcess(setup)
}

class EngineProcess implements Engine {
  readonly #setup: EngineSetup
  readonly #pidFile: string
  readonly name: string
  readonly directory: string
  readonly logFile: string
  #pid: number | undefined
  #guard: ChildProcess | undefined

  constructor(setup: EngineSetup) {
    this.#setup = setup
    this.name = setup.name
    this.directory = resolve(setup.directory)
    this.logFile = join(this.directory, `${setup.name}.log`)
    this.#pidFile = join(this.directory, `${setup.name}.pid`)
    mkdirSync(this.directory, { recursive: true })
    this.#pid = recordedPid(this.#pidFile, `${this.directory}/`)
  }

  get pid(): number | undefined {
    return this.#pid !== undefined && isAlive(this.#pid) ? this.#pid : undefined
  }

  async start(): Promise<void> {
    if (this.pid === undefined) this.#forget()
    if (this.#setup.outlives !== true && this.#guard === undefined) this.#watch()
    this.#pid = this.pid ?? (await this.#spawn())
    try {
      await this.#waitUntilReady()
    } catch (error) {
      if (this.pid !== undefined) await this.kill()
      throw error
    }
  }

  async stop(): Promise<void> {
    const { pid } = this
    if (pid !== undefined) {
      process.kill(pid, 'SIGTERM')
      process.kill(pid, 'SIGCONT')
      if (!(await gone(pid, STOP_TIMEOUT_MS))) {
        await this.kill()
        throw new Error(`${this.name} did not stop within ${STOP_TIMEOUT_MS} ms and was killed; see ${this.logFile}`)
      }
    }
    this.#forget()
  }

  async kill(): Promise<void> {
    const { pid } = this
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL')
      if (!(await gone(pid, STOP_TIMEOUT_MS))) throw new Error(`${this.name} (process ${pid}) survives SIGKILL`)
    }
    this.#forget()
  }

  pause(): void {
    process.kill(this.#running(), 'SIGSTOP')
  }

  resume(): void {
    process.kill(this.#running(), 'SIGCONT')
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  #running(): number {
    const { pid } = this
    if (pid === undefined) throw new Error(`${this.name} does not run`)
    return pid
  }

  async #spawn(): Promise<number> {
    const { command, args, env } = this.#setup
    const log = openSync(this.logFile, 'a')
    try {
      // A process group of its own: Ctrl-C in the terminal is for the parent, which then stops the engines in order.
      const child = spawn('/bin/sh', ['-c', LAUNCH, this.#pidFile, command, ...args], {
        cwd: this.directory,
        env: { ...process.env, ...env },
        stdio: ['ignore', log, log],
        detached: true,
      })
      const pid = await new Promise<number>((resolve, reject) => {
        child.once('error', reject)
        child.once('spawn', () => (child.pid === undefined ? reject(new Error('no process id')) : resolve(child.pid)))
      })
      child.unref()
      return pid
    } finally {
      closeSync(log)
    }
  }

  #watch(): void {
    const temporary = String(this.#setup.temporary === true)
    this.#guard = spawn('/bin/sh', ['-c', GUARD, this.#pidFile, this.directory, temporary], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#guard.unref()
  }

  async #waitUntilReady(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS
    for (;;) {
      try {
        await this.#setup.ready()
        return
      } catch (error) {
        const ended = this.pid === undefined
        if (ended || Date.now() > deadline) {
          const what = ended ? 'ended while starting' : `does not serve after ${READY_TIMEOUT_MS} ms`
          throw new Error(`${this.name} ${what}:\n${this.#logTail()}`, { cause: error })
        }
        await delay(READY_POLL_MS)
      }
    }
  }

  #logTail(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS) : ''
  }

  #forget(): void {
    // The guard first: it must not meet a stranger who has been given the same process id.
    this.#guard?.kill('SIGKILL')
    this.#guard = undefined
    this.#pid = undefined
    rmSync(this.#pidFile, { force: true })
  }
}

async function gone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false
    await delay(POLL_MS)
  }
  return true
}
