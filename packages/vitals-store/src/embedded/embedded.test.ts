import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeVitalsStore } from '../contract-suite.ts'
import { openEmbeddedVitalsStore } from './open.ts'

describeVitalsStore('embedded', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pulsewire-store-'))
  let store = await openEmbeddedVitalsStore({ directory })
  return {
    store,
    async reopen() {
      await store.close()
      store = await openEmbeddedVitalsStore({ directory })
      return store
    },
    async dispose() {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
})
