import { LOG_TOPIC_NAMES, LOG_TOPICS, type LogPosition } from '@pulsewire/contracts'
import { describe, expect, test } from 'vitest'
import type { EventLog } from '../port.ts'
import { PARTITIONS, keysApart, numbered, readAll, record, text, setUpBench, type EventLogSubject } from './support.ts'

/** Durability, positions, order and limits of what is appended. */
export function appendingContract(subject: EventLogSubject): void {
  describe(`${subject.name}: appending`, () => {
    const bench = setUpBench(subject)
    const { open } = bench

    test('durability: what was acknowledged is there after a reopen, unchanged', async () => {
      const { log } = bench
      const sent = [
        record('patient-1', 'one', { kind: 'vitals', at: '1' }),
        record('patient-1', '', {}),
        record('pätient-€', 'zwei', { näme: 'wért 🙂', empty: '' }),
        record('patient-1', null, { tombstone: 'yes' }),
      ]
      const positions = await log.append('telemetry', sent)
      await log.close()
      const again = await open()
      for (const [index, position] of positions.entries()) {
        const [stored] = (await readAll(again, 'telemetry', position.partition)).filter(
          (r) => r.offset === position.offset,
        )
        expect(stored).toMatchObject({ ...position, key: sent[index]?.key, headers: sent[index]?.headers })
        expect(stored === undefined ? undefined : text(stored)).toEqual(
          sent[index] === undefined ? undefined : text(sent[index]),
        )
      }
    })

    test('positions come in the order given, dense and ascending in each partition', async () => {
      const { log } = bench
      const [a, b] = keysApart(log)
      const positions = await log.append('telemetry', [record(a, '0'), record(b, '1'), record(a, '2'), record(a, '3')])
      const more = await log.append('telemetry', [record(b, '4'), record(a, '5')])
      const all = [...positions, ...more]
      expect(all.map((p) => p.partition)).toEqual([a, b, a, a, b, a].map((key) => log.partitionOf('telemetry', key)))
      expect(all.map((p) => p.offset)).toEqual([0, 0, 1, 2, 1, 3])
    })

    test('order: appends of one key that are in flight together keep the order of the calls', async () => {
      const { log } = bench
      const calls = Array.from({ length: 200 }, (_, index) =>
        log.append('telemetry', numbered('patient', 3, index * 3)),
      )
      const positions = (await Promise.all(calls)).flat()
      expect(positions.map((p) => p.offset)).toEqual(Array.from({ length: 600 }, (_, index) => index))
      const stored = await readAll(log, 'telemetry', log.partitionOf('telemetry', 'patient'))
      expect(stored.map(text)).toEqual(Array.from({ length: 600 }, (_, index) => String(index)))
    })

    test('the same key has the same partition in every partitioned topic, partition 0 in the others', async () => {
      const { log } = bench
      for (const key of ['patient-1', 'patient-2', 'ward/7', '', 'ü']) {
        const partition = log.partitionOf('telemetry', key)
        for (const topic of LOG_TOPIC_NAMES) {
          expect(log.partitionOf(topic, key)).toBe(LOG_TOPICS[topic].partitioned ? partition : 0)
        }
      }
      expect(new Set(Array.from({ length: 100 }, (_, index) => log.partitionOf('telemetry', `p${index}`))).size).toBe(
        PARTITIONS,
      )
      expect(await log.ends('telemetry')).toHaveLength(PARTITIONS)
      expect(await log.ends('registry')).toHaveLength(1)
    })

    test('two handles that append at once to one partition get distinct, dense offsets, each in its own order', async () => {
      const { log } = bench
      const other = await open()
      const write = async (handle: EventLog, name: string): Promise<LogPosition[]> => {
        const all: LogPosition[] = []
        for (let index = 0; index < 20; index++)
          all.push(...(await handle.append('audit', numbered(name, 2, index * 2))))
        return all
      }
      const both = (await Promise.all([write(log, 'a'), write(other, 'b')])).flat()
      expect(both.map((p) => p.offset).sort((x, y) => x - y)).toEqual(Array.from({ length: 80 }, (_, index) => index))
      const stored = await readAll(log, 'audit')
      for (const name of ['a', 'b']) {
        expect(stored.filter((r) => r.key === name).map(text)).toEqual(
          Array.from({ length: 40 }, (_, index) => String(index)),
        )
      }
    })

    test('timestamps never decrease within a partition and are the time of the append', async () => {
      const { log } = bench
      const before = Date.now()
      for (let index = 0; index < 5; index++) await log.append('telemetry', [record('patient', String(index))])
      const stamps = (await readAll(log, 'telemetry')).map((r) => r.timestamp)
      expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
      expect(stamps[0]).toBeGreaterThanOrEqual(before - 1)
      expect(stamps.at(-1)).toBeLessThanOrEqual(Date.now() + 1)
    })

    test('back-pressure: many more appends than may wait at once all resolve, in order', async () => {
      const { log } = bench
      const value = Buffer.alloc(2 * 1024, 7)
      const calls = Array.from({ length: 1_000 }, (_, index) =>
        log.append('telemetry', [{ key: 'patient', headers: { index: String(index) }, value }]),
      )
      const positions = (await Promise.all(calls)).flat()
      expect(positions.map((p) => p.offset)).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    })

    test('what the caller does with its buffer after the call changes nothing in the log', async () => {
      const { log } = bench
      const value = Buffer.from('before')
      const done = log.append('telemetry', [{ key: 'patient', headers: {}, value }])
      value.fill('x')
      await done
      expect((await readAll(log, 'telemetry')).map(text)).toEqual(['before'])
    })

    test('a record of 256 KiB is taken; one beyond the limit is refused with PW_RECORD_TOO_LARGE and hurts no other', async () => {
      const { log } = bench
      const big = Buffer.alloc(256 * 1024, 1)
      const [position] = await log.append('telemetry', [{ key: 'patient', headers: {}, value: big }])
      const tooBig = log.append('telemetry', [{ key: 'patient', headers: {}, value: Buffer.alloc(2 * 1024 * 1024) }])
      await expect(tooBig).rejects.toMatchObject({ code: 'PW_RECORD_TOO_LARGE' })
      await log.append('telemetry', [record('patient', 'after')])
      const stored = await readAll(log, 'telemetry', position?.partition)
      expect(stored.map((r) => r.value?.length)).toEqual([big.length, 5])
      expect(Buffer.from(stored[0]?.value ?? []).equals(big)).toBe(true)
    })

    test('an append of nothing resolves with nothing', async () => {
      const { log } = bench
      expect(await log.append('telemetry', [])).toEqual([])
    })
  })
}
