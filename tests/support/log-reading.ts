import { setTimeout as sleep } from 'node:timers/promises'
import { alarmEvent, createAlarmFence, finding, type Alarm, type Finding, type LogTopic } from '@pulsewire/contracts'
import { decodeJson } from '@pulsewire/codec'
import { openKafkaEventLog, type EventLog, type StoredRecord } from '@pulsewire/event-log'

/** The log that services with this environment share. */
export function openSharedLog(env: Readonly<Record<string, string>>): Promise<EventLog> {
  return openKafkaEventLog({
    brokers: (env['PULSEWIRE_KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'pulsewire-test',
    topicPrefix: env['PULSEWIRE_KAFKA_TOPIC_PREFIX'] ?? '',
  })
}

export async function* recordsOf(log: EventLog, topic: LogTopic): AsyncGenerator<StoredRecord> {
  for (const { partition, earliest } of await log.ends(topic)) {
    for await (const records of log.read(topic, partition, { from: earliest })) yield* records
  }
}

/** What the detectors said of a patient, in order. */
export async function findingsOf(log: EventLog, patient: string): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const { key, headers, value } of recordsOf(log, 'findings')) {
    if (key === patient && headers['kind'] === 'finding' && value !== null) found.push(finding.parse(decodeJson(value)))
  }
  return found
}

/** What became of a patient's alarms, by the events that count. */
export interface AlarmHistory {
  /** The events' names, in order, by alarm. */
  readonly steps: ReadonlyMap<string, string[]>
  readonly alarms: ReadonlyMap<string, Alarm>
}

export async function alarmsOf(log: EventLog, patient: string): Promise<AlarmHistory> {
  const steps = new Map<string, string[]>()
  const alarms = new Map<string, Alarm>()
  const fence = createAlarmFence()
  let version = 0
  for await (const record of recordsOf(log, 'alarms')) {
    const counts = fence.admits(record)
    if (!counts || record.key !== patient || record.value === null) continue
    const event = alarmEvent.parse(decodeJson(record.value))
    if (event.version <= version) continue
    version = event.version
    if (event.alarm === undefined) continue
    alarms.set(event.alarm.id, event.alarm)
    steps.set(event.alarm.id, [...(steps.get(event.alarm.id) ?? []), event.event])
  }
  return { steps, alarms }
}

/** How many records of a topic a group has not committed. */
export async function lagOf(log: EventLog, group: string, topic: LogTopic): Promise<number> {
  const committed = await log.committed(group, topic)
  let lag = 0
  for (const { partition, earliest, next } of await log.ends(topic)) {
    lag += next - (committed.find((position) => position.partition === partition)?.offset ?? earliest)
  }
  return lag
}

/** Waits until `check` is true; throws what `what` says where it is not in time. */
export async function eventually(
  check: () => Promise<boolean>,
  what: () => string | Promise<string>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(await what())
    await sleep(100)
  }
}
