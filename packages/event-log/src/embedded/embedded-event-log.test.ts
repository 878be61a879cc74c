import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogContract } from '../contract-suite.ts'
import { openEmbeddedEventLog } from './embedded-event-log.ts'

eventLogContract({
  name: 'embedded',
  async create(partitions) {
    const directory = await mkdtemp(join(tmpdir(), 'pulsewire-log-'))
    return {
      open: () => openEmbeddedEventLog({ directory, partitions, commitWindowMs: 1, maxPendingBytes: 512 * 1024 }),
      destroy: () => rm(directory, { recursive: true, force: true }),
    }
  },
})
