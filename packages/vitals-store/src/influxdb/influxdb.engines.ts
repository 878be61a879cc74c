import { describeVitalsStore } from '../contract-suite.ts'
import { openInfluxVitalsStore } from './open.ts'
import { createTestBucket } from './testing.ts'

describeVitalsStore('influxdb', async () => {
  const bucket = await createTestBucket()
  let store = await openInfluxVitalsStore(bucket.options)
  return {
    store,
    async reopen() {
      await store.close()
      store = await openInfluxVitalsStore(bucket.options)
      return store
    },
    async dispose() {
      await store.close()
      await bucket.remove()
    },
  }
})
