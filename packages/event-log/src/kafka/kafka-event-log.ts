import { PulsewireError } from '@pulsewire/contracts'
import type { EventLog } from '../port.ts'
import type { KafkaEventLogOptions } from './options.ts'

/** Opens the event log on a Kafka cluster. */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  throw new PulsewireError('PW_LOG_UNAVAILABLE', `${options.brokers.join()}: not there yet`)
}
