import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import { open } from 'lmdb'
import { assertLogFile, MAP_BYTES } from './environment.ts'

/**
 * Copies a log as it stands at one moment into a new directory, while processes go on writing to it: LMDB's own copy of one snapshot, without the
 * pages that are free.
 */
export async function copyEmbeddedLog(from: string, to: string): Promise<void> {
  try {
    assertLogFile(join(from, 'data.mdb'))
    const root = open({ path: from, noSubdir: false, readOnly: true, mapSize: MAP_BYTES, maxDbs: 16, maxReaders: 512 })
    try {
      await mkdir(to, { recursive: true })
      await root.backup(to, true)
    } finally {
      await root.close()
    }
  } catch (cause) {
    if (cause instanceof PulsewireError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new PulsewireError('PW_LOG_UNAVAILABLE', `the event log in ${from} cannot be copied: ${why}`, { cause })
  }
}
