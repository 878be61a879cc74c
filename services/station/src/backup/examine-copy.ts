import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PulsewireError, type LogPosition } from '@pulsewire/contracts'
import { openEmbeddedEventLog, type PartitionEnds } from '@pulsewire/event-log'
import { RECORDED_TOPICS } from '@pulsewire/recorder'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import type { BackupLedger } from './manifest.ts'

/**
 * Opens the copies of log and store, as a restored station will, and compares them: each position of the store must be one that the log still has,
 * so that the recorder can go on from there. Answers the accounts at that moment.
 */
export async function examineCopy(directory: string): Promise<BackupLedger> {
  const log = await openEmbeddedEventLog({ directory: join(directory, 'log') })
  const store = await openEmbeddedVitalsStore({ directory: join(directory, 'store') })
  try {
    const stored = await store.positions(RECORDED_TOPICS)
    const ends = (await Promise.all(RECORDED_TOPICS.map((topic) => log.ends(topic)))).flat()
    for (const end of ends) {
      const { topic, partition, earliest, next } = end
      const offset = positionIn(stored, end)
      if (offset >= earliest && offset <= next) continue
      throw new PulsewireError(
        'PW_CONFLICT',
        `store and log do not fit together (${topic}/${partition}: ${offset} is not within ${earliest}–${next}): take the backup again`,
      )
    }
    const uplink = ends.filter(({ topic }) => topic === 'telemetry' || topic === 'quarantine')
    const accepted = uplink.reduce((sum, { next }) => sum + next, 0)
    const recorded = uplink.reduce((sum, end) => sum + positionIn(stored, end), 0)
    const { stored: kept, duplicates, quarantined } = await store.ledger()
    const ledger = { accepted, stored: kept, duplicates, quarantined, inLog: accepted - recorded }
    if (accepted !== kept + duplicates + quarantined + ledger.inLog) {
      throw new PulsewireError('PW_CONFLICT', `the accounts of the copy do not add up: ${JSON.stringify(ledger)}`)
    }
    return ledger
  } finally {
    await store.close()
    await log.close()
    // Made anew by whoever opens the log.
    await rm(join(directory, 'log', 'lock.mdb'), { force: true })
  }
}

function positionIn(positions: readonly LogPosition[], end: PartitionEnds): number {
  return (
    positions.find(({ topic, partition }) => topic === end.topic && partition === end.partition)?.offset ?? end.earliest
  )
}
