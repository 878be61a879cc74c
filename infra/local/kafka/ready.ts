import { Kafka, logLevel, type KafkaConfig } from 'kafkajs'

/** Rejects unless the broker tells its metadata and has a coordinator for groups (which a fresh one has not at once). */
export async function askKafka(config: Omit<KafkaConfig, 'clientId'>): Promise<void> {
  const admin = new Kafka({
    clientId: 'pulsewire-readiness',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
    ...config,
  }).admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    if (brokers.length === 0) throw new Error('no broker has registered yet')
    // Throws what the coordinator answers, other than that there is no such group.
    await admin.describeGroups(['pulsewire-readiness'])
  } finally {
    await admin.disconnect()
  }
}
