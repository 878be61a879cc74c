import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from './pids.ts'

const MAKING = '.making-'
const LOCK_POLL_MS = 250
/** Whoever holds a lock touches it this often; untouched for longer than the second, its holder is gone. */
const LOCK_TOUCH_MS = 5_000
const LOCK_STALE_MS = 60_000

/** Where fetched engines are kept: PULSEWIRE_CACHE, else $XDG_CACHE_HOME/pulsewire, else ~/.cache/pulsewire. */
export function cacheDirectory(): string {
  const named = process.env['PULSEWIRE_CACHE'] ?? ''
  if (named !== '') return named
  const xdg = process.env['XDG_CACHE_HOME'] ?? ''
  return join(xdg === '' ? join(homedir(), '.cache') : xdg, 'pulsewire')
}

/** The name of what is made of exactly this: the same inputs on the same kind of machine give the same key. */
export function cacheKey(name: string, ...inputs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const input of [process.platform, process.arch, ...inputs]) hash.update(input).update('\0')
  return `${name}-${hash.digest('hex').slice(0, 16)}`
}

/**
 * The directory of `key` in the cache. Where it is missing, `make` fills a directory beside it, which then takes its name in one
 * step: a broken or concurrent make never leaves half a thing. One process at a time makes a key; the others wait for it.
 */
export async function cached(key: string, make: (directory: string) => Promise<void>): Promise<string> {
  const engines = join(cacheDirectory(), 'engines')
  const directory = join(engines, key)
  if (existsSync(directory)) return directory
  mkdirSync(engines, { recursive: true })
  const unlock = await lock(`${directory}.lock`)
  try {
    if (existsSync(directory)) return directory
    removeLeftovers(engines, key)
    const making = `${directory}${MAKING}${process.pid}`
    mkdirSync(making)
    try {
      await make(making)
      renameSync(making, directory)
    } finally {
      rmSync(making, { recursive: true, force: true })
    }
    return directory
  } finally {
    unlock()
  }
}

/** Of makes that were killed: we hold the lock, so nobody makes this now. */
function removeLeftovers(engines: string, key: string): void {
  const leftovers = readdirSync(engines).filter((name) => name.startsWith(`${key}${MAKING}`))
  for (const name of leftovers) rmSync(join(engines, name), { recursive: true, force: true })
}

/** The lock spares double work; should two processes hold it after all, the rename in `cached` still keeps things whole. */
async function lock(file: string): Promise<() => void> {
  let told = false
  while (!tryCreate(file)) {
    if (isStale(file)) {
      rmSync(file, { force: true })
      continue
    }
    if (!told)
      process.stderr.write(`engines: another process is making ${file.replace(/\.lock$/, '')}; waiting for it\n`)
    told = true
    await delay(LOCK_POLL_MS)
  }
  const touch = setInterval(() => utimesSync(file, new Date(), new Date()), LOCK_TOUCH_MS)
  touch.unref()
  return () => {
    clearInterval(touch)
    rmSync(file, { force: true })
  }
}

function tryCreate(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    const ageMs = Date.now() - statSync(file).mtimeMs
    return ageMs > LOCK_STALE_MS || (pid > 0 && !isAlive(pid))
  } catch (error) {
    // Its holder has just removed it.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
