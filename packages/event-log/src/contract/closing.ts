import { describe, expect, test, vi } from 'vitest'
import { PARTITIONS, nothing, numbered, readAll, setUpBench, type EventLogSubject } from './support.ts'

/** The orderly end. */
export function closingContract(subject: EventLogSubject): void {
  describe(`${subject.name}: closing`, () => {
    const bench = setUpBench(subject)
    const { open, patience } = bench

    test('close waits for appends in flight, stops consumers, and refuses later calls with PW_LOG_CLOSED', async () => {
      const { log } = bench
      let assigned = 0
      let revoked = 0
      await log.consume({
        topics: ['telemetry'],
        group: 'g',
        handler: nothing,
        async onRevoked(partitions) {
          revoked += partitions.length
        },
        async onAssigned(partitions) {
          assigned += partitions.length
        },
      })
      await vi.waitFor(() => expect(assigned).toBe(PARTITIONS), patience)
      const inFlight = log.append('telemetry', numbered('patient', 100))
      await log.close()
      expect(await inFlight).toHaveLength(100)
      expect(revoked).toBe(PARTITIONS)
      const closed = { code: 'PW_LOG_CLOSED' }
      await expect(log.append('telemetry', numbered('patient', 1))).rejects.toMatchObject(closed)
      await expect(log.consume({ topics: ['telemetry'], group: 'g', handler: nothing })).rejects.toMatchObject(closed)
      await expect(log.tail({ topics: ['telemetry'], handler: nothing })).rejects.toMatchObject(closed)
      await expect(log.ends('telemetry')).rejects.toMatchObject(closed)
      await expect(log.offsetAt('telemetry', 0, 0)).rejects.toMatchObject(closed)
      await expect(log.committed('g', 'telemetry')).rejects.toMatchObject(closed)
      await expect(log.maintain()).rejects.toMatchObject(closed)
      await expect(log.read('telemetry', 0, { from: 0 })[Symbol.asyncIterator]().next()).rejects.toMatchObject(closed)
      await log.close()
      expect(await readAll(await open(), 'telemetry')).toHaveLength(100)
    })
  })
}
