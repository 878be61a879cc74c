import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Does a process of this id run? One that has ended and that nobody has asked about yet (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    // EPERM: it exists, and is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** As Linux tells it; elsewhere nothing is known, and it counts as running. */
function isZombie(pid: number): boolean {
  try {
    // `pid (name) state …`; the name may hold anything.
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''))
  } catch {
    return false
  }
}

/**
 * The process that a pid file names, if it runs still and is the one meant: its command line holds `mark`. A machine gives ids out
 * again, so that a stale file may name a stranger.
 */
export function recordedPid(pidFile: string, mark: string): number | undefined {
  if (!existsSync(pidFile)) return undefined
  const pid = Number(readFileSync(pidFile, 'utf8'))
  if (!Number.isSafeInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined
  return commandLineOf(pid).includes(mark) ? pid : undefined
}

function commandLineOf(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    // ps answers 1 where there is no such process (any more).
    return ''
  }
}
