import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import { RESTORING, lockDataDirectory } from '../data-lock.ts'
import { copyVerified, readManifest, type BackupContent } from './manifest.ts'

/**
 * Puts a backup into a data directory that is empty, or not there: never over what is there. Every file is compared with its checksum while it is
 * copied, and nothing is put in place before all of them are right.
 */
export async function restore(from: string, dataDirectory: string): Promise<BackupContent> {
  const content = await readManifest(from)
  if (existsSync(dataDirectory) && (await readdir(dataDirectory)).length > 0) {
    throw new PulsewireError('PW_EXISTS', `${dataDirectory} is not empty: nothing is overwritten (PULSEWIRE_DATA_DIR)`)
  }
  const unlock = await lockDataDirectory(dataDirectory, 0)
  const staging = join(dataDirectory, RESTORING)
  try {
    await mkdir(staging, { mode: 0o700 })
    try {
      for (const file of content.files) await copyVerified(from, staging, file)
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw error
    }
    for (const name of await readdir(staging)) await rename(join(staging, name), join(dataDirectory, name))
    await rm(staging, { recursive: true })
    return content
  } finally {
    unlock()
  }
}
