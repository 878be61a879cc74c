/** The topics of the event log. Partition counts are the same where a patient is the key, so that one worker sees all of a patient. */
export const LOG_TOPICS = {
  /** What devices sent; key = patient, or device while unassociated; value = the device's bytes, untouched. */
  telemetry: { partitioned: true, compacted: false, retained: true },
  /** What the detectors found: findings, beats, derived series, heartbeats of the workers. Key = patient. */
  findings: { partitioned: true, compacted: false, retained: true },
  /** The input that each alarm came from, pinned (evidence.ts). Kept like `alarms`. Key = patient. */
  evidence: { partitioned: true, compacted: false, retained: false },
  /** Each step of each alarm. Key = patient. */
  alarms: { partitioned: true, compacted: false, retained: false },
  /** What staff asked for: acknowledge, pause, observations, monitoring. Key = patient. */
  'staff-commands': { partitioned: true, compacted: false, retained: false },
  /** Commands and notices for devices, and the devices' answers. Key = device. */
  'device-commands': { partitioned: true, compacted: false, retained: true },
  /** Patients, devices, associations, users, channels: each change a record under a key of its own (see registry.ts). */
  registry: { partitioned: false, compacted: true, retained: false },
  /** Snapshots of the detectors, key = patient. */
  'detector-state': { partitioned: true, compacted: true, retained: false },
  /** Snapshots of the alarm states, key = patient. */
  'alarm-state': { partitioned: true, compacted: true, retained: false },
  /** Each step of each delivery of an alarm (deliveries.ts). Key = patient. */
  deliveries: { partitioned: true, compacted: false, retained: false },
  /** Snapshots of the deliveries' states, key = patient. */
  'delivery-state': { partitioned: true, compacted: true, retained: false },
  /** What screens and people said that they got, and tests of channels. Key = patient. */
  receipts: { partitioned: true, compacted: false, retained: true },
  /** What could not be taken, with the reason. Key = device. */
  quarantine: { partitioned: true, compacted: false, retained: false },
  /** Who did what. Key = user. */
  audit: { partitioned: false, compacted: false, retained: false },
} as const satisfies Record<string, LogTopicTraits>

export interface LogTopicTraits {
  /** Spread over the configured number of partitions (else one). */
  readonly partitioned: boolean
  /** Only the newest record of a key is kept. */
  readonly compacted: boolean
  /** Retention by time and size applies (never to what is not recorded yet). */
  readonly retained: boolean
}

export type LogTopic = keyof typeof LOG_TOPICS
export const LOG_TOPIC_NAMES = Object.keys(LOG_TOPICS) as LogTopic[]

/** A place in the log. */
export interface LogPosition {
  readonly topic: LogTopic
  readonly partition: number
  readonly offset: number
}

/** `telemetry/3/12345` */
export function formatPosition(position: LogPosition): string {
  return `${position.topic}/${position.partition}/${position.offset}`
}
