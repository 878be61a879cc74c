import { eventLogContract } from '../contract-suite.ts'
import { openTestLog, testPrefix } from './testing/kafka.ts'

eventLogContract({
  name: 'kafka',
  // Compaction is Kafka's own, in the background; a size is not kept to (see maintenance.ts).
  maintains: { compaction: false, size: false },
  patienceMs: 15_000,
  async create(partitions) {
    const topicPrefix = testPrefix()
    return { open: () => openTestLog({ topicPrefix, partitions }), destroy: async () => undefined }
  },
})
