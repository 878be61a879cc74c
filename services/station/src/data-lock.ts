import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PulsewireError } from '@pulsewire/contracts'

/** Where a restore gathers its files; it stays where the restore was interrupted. */
export const RESTORING = '.restoring'

/** How long a start waits for the station before it, which may be about to end. */
const WAIT_MS = 10_000
const LOOK_AGAIN_MS = 100
/** A living station touches its file this often; one that is not touched for longer is of a process that is gone, whoever has its number now. */
const TOUCH_MS = 1_000
const STALE_MS = 5_000

/** Takes the data directory for this process. Throws PW_CONFIG_INVALID where another station keeps it, or where it cannot be written. */
export async function lockDataDirectory(directory: string, waitMs = WAIT_MS): Promise<() => void> {
  const path = join(directory, 'station.pid')
  if (existsSync(join(directory, RESTORING))) {
    const what = `a restore into ${directory} was not finished: remove what is in it and restore again`
    throw new PulsewireError('PW_CONFIG_INVALID', what)
  }
  const deadline = performance.now() + waitMs
  while (!tryLock(directory, path)) {
    if (performance.now() > deadline) {
      throw new PulsewireError(
        'PW_CONFIG_INVALID',
        `${directory} is in use by another station (process ${ownerOf(path)})`,
      )
    }
    await sleep(LOOK_AGAIN_MS)
  }
  const touch = setInterval(() => utimesSync(path, new Date(), new Date()), TOUCH_MS)
  touch.unref()
  return () => {
    clearInterval(touch)
    if (ownerOf(path) === process.pid) rmSync(path, { force: true })
  }
}

function tryLock(directory: string, path: string): boolean {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw unusable(directory, error)
  }
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      // On a full disk the file is made, and stays empty.
      if (ownerOf(path) === 0) rmSync(path, { force: true })
      throw unusable(directory, error)
    }
  }
  const owner = ownerOf(path)
  // A number that is reused for this very process is as dead as one that runs no more.
  if (owner === undefined || (owner !== process.pid && isAlive(owner) && !isStale(path))) return false
  rmSync(path, { force: true })
  return false
}

function unusable(directory: string, cause: unknown): PulsewireError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new PulsewireError('PW_CONFIG_INVALID', `the data directory ${directory} cannot be used: ${why}`, { cause })
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function isStale(path: string): boolean {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > STALE_MS
}

function isAlive(pid: number): boolean {
  // A file that was written but not filled, by a start that was killed in between.
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
