import { randomUUID } from 'node:crypto'
import type { EventLog } from '../../port.ts'
import { openKafkaEventLog } from '../kafka-event-log.ts'
import type { KafkaEventLogOptions } from '../options.ts'

/** Brokers of the Kafka that the tests share. */
export function testBrokers(): string[] {
  const brokers = process.env['PULSEWIRE_TEST_KAFKA_BROKERS']
  if (brokers === undefined) throw new Error('PULSEWIRE_TEST_KAFKA_BROKERS is not set (see `npm run test:engines`)')
  return brokers.split(',')
}

/** Topics and groups that no other test has. */
export function testPrefix(): string {
  return `test-${randomUUID()}.`
}

export function openTestLog(
  options: Partial<KafkaEventLogOptions> & { readonly topicPrefix: string },
): Promise<EventLog> {
  // Kafka takes 6 s at least: the shortest wait for a member that is gone.
  return openKafkaEventLog({ brokers: testBrokers(), clientId: 'test', sessionTimeoutMs: 6_000, ...options })
}
