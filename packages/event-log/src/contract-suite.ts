import { appendingContract } from './contract/appending.ts'
import { closingContract } from './contract/closing.ts'
import { consumerGroupsContract } from './contract/consumer-groups.ts'
import { maintenanceContract } from './contract/maintenance.ts'
import { readingContract } from './contract/reading.ts'
import { tailsContract } from './contract/tails.ts'
import type { EventLogSubject } from './contract/support.ts'

export type { EventLogSubject, SubjectLog } from './contract/support.ts'

/** The tests that every adapter of the `EventLog` port passes. To be called at the top of a test file. */
export function eventLogContract(subject: EventLogSubject): void {
  appendingContract(subject)
  readingContract(subject)
  tailsContract(subject)
  consumerGroupsContract(subject)
  maintenanceContract(subject)
  closingContract(subject)
}
