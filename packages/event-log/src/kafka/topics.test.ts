import { LOG_TOPIC_NAMES, LOG_TOPICS, type LogTopic } from '@pulsewire/contracts'
import { describe, expect, test } from 'vitest'
import { commonCount, topicConfig } from './topics.ts'

const counts = (change: Partial<Record<LogTopic, number>> = {}): { topic: LogTopic; count: number }[] =>
  LOG_TOPIC_NAMES.map((topic) => ({ topic, count: change[topic] ?? (LOG_TOPICS[topic].partitioned ? 12 : 1) }))

describe('topics on Kafka', () => {
  test('as many partitions as there are, whatever was wished', () => {
    expect(commonCount(counts())).toBe(12)
  })

  test('partitioned topics with different counts, and wide registries, are refused in words', () => {
    const refused = expect.objectContaining({
      code: 'PW_CONFIG_INVALID',
      message: expect.stringContaining('findings 6'),
    })
    expect(() => commonCount(counts({ findings: 6 }))).toThrow(refused)
    expect(() => commonCount(counts({ registry: 3 }))).toThrow(expect.objectContaining({ code: 'PW_CONFIG_INVALID' }))
  })

  test('Kafka removes nothing by itself but what a newer record of its key replaces', () => {
    for (const topic of LOG_TOPIC_NAMES) {
      const config = Object.fromEntries(topicConfig(topic, 3).map(({ name, value }) => [name, value]))
      expect(config).toMatchObject({
        'cleanup.policy': LOG_TOPICS[topic].compacted ? 'compact' : 'delete',
        'retention.ms': '-1',
        'retention.bytes': '-1',
        'min.insync.replicas': '2',
        'unclean.leader.election.enable': 'false',
      })
    }
  })
})
