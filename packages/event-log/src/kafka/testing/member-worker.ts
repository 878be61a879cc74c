import type { LogPosition } from '@pulsewire/contracts'
import { errorCodeOf } from '@pulsewire/contracts'
import { openKafkaEventLog } from '../kafka-event-log.ts'

/**
 * A member of a group in a process of its own, for tests: `node member-worker.js BROKERS PREFIX GROUP`. Commits each batch, and again and again what it
 * has committed (as the services do to find out whether a partition is still theirs). Tells what happens on stdout, a line each.
 */
const [brokers, topicPrefix, group] = process.argv.slice(2)
if (brokers === undefined || topicPrefix === undefined || group === undefined) throw new Error('BROKERS PREFIX GROUP')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const log = await openKafkaEventLog({
  brokers: brokers.split(','),
  clientId: 'worker',
  topicPrefix,
  sessionTimeoutMs: 6_000,
})
const owned = new Map<number, (offset: number) => Promise<void>>()
const committed = new Map<number, number>()
await log.consume({
  topics: ['telemetry'],
  group,
  commit: 'manual',
  async handler(batch) {
    for (const record of batch.records) say(`got ${record.key} ${record.headers['index'] ?? ''}`)
    const next = (batch.records.at(-1)?.offset ?? 0) + 1
    await batch.commit(next)
    owned.set(batch.partition, (offset) => batch.commit(offset))
    committed.set(batch.partition, next)
  },
  onAssigned: async (partitions): Promise<readonly LogPosition[]> => {
    say(`assigned ${partitions.join()}`)
    return []
  },
  async onRevoked(partitions) {
    for (const partition of partitions) owned.delete(partition)
    say(`revoked ${partitions.join()}`)
  },
  onError: (error) => say(`error ${error.message}`),
})
say('ready')
setInterval(() => {
  for (const [partition, commit] of owned) {
    commit(committed.get(partition) ?? 0).then(
      () => say(`own ${partition}`),
      (error: unknown) => say(`${errorCodeOf(error)} ${partition}`),
    )
  }
}, 200)
