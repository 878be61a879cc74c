import { errorCodeOf } from '@pulsewire/contracts'
import { openEmbeddedEventLog } from '../embedded/embedded-event-log.ts'

/**
 * A process of its own on an embedded log, for tests. `node log-worker.js append DIR NAME` appends to `telemetry` for ever, several in flight;
 * `… consume DIR GROUP` is a member of a group. Tells what happens on stdout, a line each.
 */
const [job, directory, name] = process.argv.slice(2)
if (directory === undefined || name === undefined) throw new Error('usage: log-worker append|consume DIRECTORY NAME')
const log = await openEmbeddedEventLog({ directory })
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const value = Buffer.alloc(600, 1)

async function appendForEver(lane: number): Promise<never> {
  for (let index = 0; ; index++) {
    try {
      const [position] = await log.append('telemetry', [
        { key: `${name}-${lane}`, headers: { index: String(index) }, value },
      ])
      say(`ack ${name}-${lane} ${index} ${position?.partition} ${position?.offset}`)
    } catch (error) {
      say(`failed ${errorCodeOf(error)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

if (job === 'append') {
  await Promise.all(Array.from({ length: 10 }, (_, lane) => appendForEver(lane)))
} else {
  const consumer = await log.consume({
    topics: ['telemetry'],
    group: name,
    async handler({ records }) {
      for (const record of records) say(`got ${record.key} ${record.headers['index'] ?? ''}`)
    },
    async onAssigned(partitions) {
      say(`assigned ${partitions.join(',')}`)
    },
    async onRevoked(partitions) {
      say(`revoked ${partitions.join(',')}`)
    },
  })
  process.once('SIGTERM', () => {
    void consumer
      .stop()
      .then(() => log.close())
      .then(() => process.exit(0))
  })
  say('ready')
}
