import { copyFile, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { constants, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PulsewireError, errorCodeOf } from '@pulsewire/contracts'
import { copyEmbeddedLog } from '@pulsewire/event-log'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { lockDataDirectory } from '../data-lock.ts'
import { CONTROL_FILE, whileAtRest } from './control.ts'
import { sealBackup, type BackupContent } from './manifest.ts'
import { examineCopy } from './examine-copy.ts'

/** Of the running processes, or of no use elsewhere; `demo-spool` is the simulated devices' own. */
const LEFT_OUT = new Set(['log', 'store', 'station.pid', CONTROL_FILE, `${CONTROL_FILE}.new`, 'demo-spool'])
/** A file system that can (btrfs, XFS, APFS) shares the blocks until they change: the store rests for a moment only. */
const CLONE = constants.COPYFILE_FICLONE
/** Stores that were put aside for a repair are not part of a station that works. */
const isPutAside = (name: string): boolean => name.includes('.damaged-')

/**
 * Copies the data of a station into a new directory: of one that runs, without stopping it, or of one that does not. First the store (its writes
 * wait for as long as its newest file is copied), then the log, which so is never behind it: what the store has not yet, the recorder takes from
 * the log after a restore. Then both copies are opened and their accounts compared. Throws where any of it fails; nothing is left then.
 */
export async function backUp(dataDirectory: string, to: string, now = Date.now()): Promise<BackupContent> {
  if (!existsSync(join(dataDirectory, 'log', 'data.mdb'))) {
    throw new PulsewireError('PW_REQUEST_INVALID', `${dataDirectory} has no data of a station (PULSEWIRE_DATA_DIR)`)
  }
  if (existsSync(to)) throw new PulsewireError('PW_EXISTS', `${to} exists already`)
  const unlock = await lockIfFree(dataDirectory)
  const partial = `${to}.partial`
  try {
    await mkdir(dirname(partial), { recursive: true })
    await mkdir(partial, { mode: 0o700 })
  } catch (error) {
    unlock?.()
    throw new PulsewireError('PW_REQUEST_INVALID', `${partial} cannot be made: ${reasonOf(error)}`, { cause: error })
  }
  try {
    // Of a station that was killed a moment ago, a process may still be writing: the store is opened once, when it is free.
    if (unlock !== undefined) await (await openEmbeddedVitalsStore({ directory: join(dataDirectory, 'store') })).close()
    await copyStore(join(dataDirectory, 'store'), join(partial, 'store'), (work) =>
      unlock === undefined ? whileAtRest(dataDirectory, work) : work(),
    )
    await copyEmbeddedLog(join(dataDirectory, 'log'), join(partial, 'log'))
    await copyTheRest(dataDirectory, partial)
    const ledger = await examineCopy(partial)
    const content = await sealBackup(partial, ledger, now)
    await rename(partial, to)
    return content
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  } finally {
    unlock?.()
  }
}

/** The lock of the data directory, or undefined where a station runs on it. */
async function lockIfFree(dataDirectory: string): Promise<(() => void) | undefined> {
  try {
    return await lockDataDirectory(dataDirectory, 0)
  } catch (error) {
    if (errorCodeOf(error) === 'PW_CONFIG_INVALID' && existsSync(join(dataDirectory, 'station.pid'))) return undefined
    throw error
  }
}

/** Sealed files never change, and may be many: they are copied before the store has to rest, and what came or went meanwhile after that. */
async function copyStore(
  from: string,
  to: string,
  atRest: (work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const sealed = { from: join(from, 'sealed'), to: join(to, 'sealed') }
  await mkdir(sealed.to, { recursive: true })
  await copySealed(sealed.from, sealed.to)
  await atRest(async () => {
    await copySealed(sealed.from, sealed.to)
    for (const name of await readdir(from)) {
      if (name.startsWith('store.duckdb')) await copyFile(join(from, name), join(to, name), CLONE)
    }
  })
}

async function copySealed(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return
  const wanted = new Set<string>()
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.parquet')) continue
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    const size = (await statOf(source))?.size
    // Gone in between: replaced by another one, which the second round finds.
    if (size === undefined) continue
    wanted.add(entry.name)
    if ((await statOf(target))?.size !== size) await copyFile(source, target, CLONE).catch(ignoreMissing)
  }
  for (const name of await readdir(to)) if (!wanted.has(name)) await rm(join(to, name))
}

async function copyTheRest(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || isPutAside(entry.name)) continue
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (existsSync(join(source, 'data.mdb'))) await copyEmbeddedLog(source, target)
    else await cp(source, target, { recursive: true, preserveTimestamps: true })
  }
}

async function statOf(path: string): Promise<{ size: number } | undefined> {
  return stat(path).catch(ignoreMissing)
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
