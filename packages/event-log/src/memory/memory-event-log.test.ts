import { eventLogContract } from '../contract-suite.ts'
import { createMemoryEventLog } from './memory-event-log.ts'
import { createMemoryLogData } from './memory-log-data.ts'

eventLogContract({
  name: 'memory',
  async create(partitions) {
    const data = createMemoryLogData(partitions)
    return { open: async () => createMemoryEventLog({ data }), destroy: async () => undefined }
  },
})
