import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A `log-worker` that runs. */
export interface Worker {
  readonly pid: number
  /** What it said so far. */
  readonly lines: string[]
  readonly errors: () => string
  end(signal: NodeJS.Signals): Promise<void>
}

/** Starts the built `log-worker`. `before` is a shell command that is run first, in its process. */
export function spawnWorker(args: readonly string[], before?: string): Worker {
  const script = fileURLToPath(new URL('../../dist/testing/log-worker.js', import.meta.url))
  const command = [process.execPath, script, ...args]
  const child =
    before === undefined
      ? spawn(process.execPath, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('bash', ['-c', `${before}; exec "$0" "$@"`, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  if (child.pid === undefined) throw new Error('the worker did not start')
  return {
    pid: child.pid,
    lines,
    errors: () => errors,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const closed = once(child, 'close')
      child.kill(signal)
      await closed
    },
  }
}
