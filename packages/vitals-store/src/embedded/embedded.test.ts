import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeVitalsStore } from '../contract-suite.ts'
import { openEngine } from './engine.ts'

// In this thread, as starting one takes most of a test's time; the crossing is tested in open.test.ts.
describeVitalsStore('embedded', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pulsewire-store-'))
  let store = await openEngine({ directory })
  return {
    store,
    async reopen() {
      await store.close()
      store = await openEngine({ directory })
      return store
    },
    async dispose() {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
})
