import { PulsewireError } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MessageWrite, VitalsStore } from '../port.ts'
import { alarm, finding, message, point, T0, writeOf } from '../testing/samples.ts'
import { createInfluxClient, type InfluxClient } from './client.ts'
import { openInfluxVitalsStore } from './open.ts'
import { readLedgers } from './ledger.ts'
import { createTestBucket, type TestBucket } from './testing.ts'
import { createWriter } from './writer.ts'

const RANGE = { from: T0 - 1000, to: T0 + 100_000_000 }

/** Messages of one device, each with one heart rate, at their offsets. */
const messages = (from: number, to: number, fields: Parameters<typeof message>[1] = {}): MessageWrite[] =>
  Array.from({ length: to - from }, (_, index) => {
    const offset = from + index
    return message(offset, { vitals: [point({ time: T0 + offset * 1000, value: offset })], ...fields })
  })

describe('the ledger in InfluxDB', () => {
  let bucket: TestBucket
  const opened: VitalsStore[] = []
  const open = async () => {
    const store = await openInfluxVitalsStore(bucket.options)
    opened.push(store)
    return store
  }
  const rates = async (store: VitalsStore) =>
    (await store.vitals({ patient: 'p1', codes: ['heartRate'], ...RANGE })).series[0]?.points.map(({ value }) => value)
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)
  beforeEach(async () => {
    bucket = await createTestBucket()
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
    await bucket.remove()
  })

  it('is not set back by a writer that was paused, nor are its counts', async () => {
    const paused = await open()
    await paused.write(writeOf(messages(0, 5)))
    const other = await open()
    await other.positions(['telemetry'])
    await other.write(writeOf([...messages(5, 19), message(19, { seq: 3, content: 'seq 3' })]))
    const before = await other.ledger()
    // It wakes up with a batch that the other one has written long since, cut elsewhere.
    await paused.write(writeOf(messages(5, 9)))
    await paused.write(writeOf(messages(9, 12)))
    expect(await other.ledger()).toEqual(before)
    expect(before).toMatchObject({
      stored: 19,
      duplicates: 1,
      positions: [{ topic: 'telemetry', partition: 0, offset: 20 }],
    })
    expect(await paused.positions(['telemetry'])).toEqual(before.positions)
    await paused.write(writeOf([message(20, { seq: 4, content: 'seq 4' }), ...messages(21, 22)]))
    expect(await other.ledger()).toMatchObject({ stored: 20, duplicates: 2, quarantined: 0 })
    expect(await rates(other)).toEqual([...upTo(19), 21])
  })

  it('stays exact where each writer has its share of the partitions', async () => {
    const [one, other] = [await open(), await open()]
    await Promise.all([
      one.write(writeOf([0, 1, 2].map((offset) => message(offset, { partition: 0, device: 'd1' })))),
      other.write(writeOf([0, 1].map((offset) => message(offset, { partition: 1, device: 'd2' })))),
    ])
    expect(await one.ledger()).toMatchObject({ stored: 5 })
    // Both are taken over by a third.
    const third = await open()
    expect(await third.positions(['telemetry'])).toHaveLength(2)
    await third.write(
      writeOf([
        message(3, { partition: 0, seq: 1, content: 'seq 1' }),
        message(2, { partition: 1, device: 'd2', seq: 9 }),
      ]),
    )
    expect(await one.ledger()).toMatchObject({ stored: 6, duplicates: 1 })
    expect(await one.gaps('d2')).toEqual([{ boot: 'b1', from: 2, to: 8 }])
  })

  it('counts once what was written without its ledger line, in other portions the second time', async () => {
    const client = createInfluxClient(bucket.options)
    const cut: InfluxClient = {
      ...client,
      async write(lines, goOn) {
        if (lines.some((line) => line.startsWith('ledger,')))
          throw new PulsewireError('PW_STORE_UNAVAILABLE', 'killed here')
        await client.write(lines, goOn)
      },
    }
    const killed = createWriter(cut, { pauseMs: 3_000 })
    await expect(killed.write(writeOf(messages(0, 10)))).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
    await killed.close()
    client.close()
    const store = await open()
    expect(await store.ledger()).toMatchObject({ stored: 0, positions: [] })
    await store.write(writeOf(messages(0, 3)))
    await store.write(writeOf(messages(3, 12)))
    expect(await store.ledger()).toMatchObject({ stored: 12, duplicates: 0, quarantined: 0 })
    expect(await rates(store)).toEqual(upTo(12))
    expect(await bucket.query(countOf(bucket, 'vitals', 'value'))).toMatch(/,12\r\n/)
  })

  it('knows every number after a restart, also those whose lines it has replaced by a summary', async () => {
    const store = await open()
    for (let from = 0; from < 12_000; from += 3_000) {
      const some = Array.from({ length: 3_000 }, (_, index) => message(from + index, { device: `d${index % 3}` }))
      await store.write(writeOf(some))
    }
    await store.maintain()
    const again = await open()
    const report = await again.write(
      writeOf([
        message(12_000, { device: 'd0', seq: 3, content: 'seq 3' }),
        message(12_001, { device: 'd1', seq: 11_998, content: 'seq 11998' }),
        message(12_002, { device: 'd2', seq: 11_999, content: 'other' }),
        message(12_003, { device: 'd2', seq: 12_002 }),
      ]),
    )
    expect(report).toMatchObject({ stored: 1, duplicates: 2 })
    expect(report.reused.map(({ seq }) => seq)).toEqual([11_999])
    expect(await again.ledger()).toMatchObject({ stored: 12_001, duplicates: 2, quarantined: 1 })
    const gaps = await again.gaps('d2')
    expect(gaps).toHaveLength(4_000)
    expect(gaps[0]).toEqual({ boot: 'b1', from: 3, to: 4 })
  })

  it('is pruned of what summaries have replaced, and nothing is forgotten', async () => {
    const client = createInfluxClient(bucket.options)
    const writer = createWriter(client, { pauseMs: 60_000, pruneEvery: 1_000 })
    // Another partition, whose lines are not to be touched.
    await writer.write(
      writeOf([message(0, { device: 'd9', partition: 1 }), message(7, { device: 'd9', partition: 1 })]),
    )
    for (let from = 0; from < 12_000; from += 2_000) {
      await writer.write(writeOf(Array.from({ length: 2_000 }, (_, index) => message(from + index))))
    }
    const lines = async () => Number(/,(\d+)\r\n/.exec(await bucket.query(countOf(bucket, 'ledger', 'state')))?.[1])
    const before = await lines()
    await writer.maintain()
    expect(await lines()).toBeLessThan(before)
    await writer.close()
    client.close()
    const store = await open()
    expect(await store.ledger()).toMatchObject({ stored: 12_002, duplicates: 0, quarantined: 0 })
    expect(await store.gaps('d1')).toEqual([])
    expect(await store.gaps('d9')).toEqual([{ boot: 'b1', from: 1, to: 6 }])
    const again = [0, 5_999, 11_999].map((seq, index) => message(12_000 + index, { seq, content: `seq ${seq}` }))
    expect(await store.write(writeOf(again))).toMatchObject({ stored: 0, duplicates: 3 })
  })

  it('forgets nothing of a device that was silent from a takeover on, when its new writer keeps summaries and prunes', async () => {
    const before = await open()
    await before.write(writeOf(messages(0, 3, { device: 'quiet' })))
    const client = createInfluxClient(bucket.options)
    const next = createWriter(client, { pauseMs: 60_000, pruneEvery: 1_000 })
    await next.positions(['telemetry'])
    for (let from = 3; from < 9_003; from += 3_000) {
      await next.write(writeOf(Array.from({ length: 3_000 }, (_, index) => message(from + index, { device: 'busy' }))))
    }
    await next.maintain()
    await next.close()
    client.close()
    const third = await open()
    const again = writeOf([message(9_003, { device: 'quiet', seq: 1, content: 'seq 1' })])
    expect(await third.write(again)).toMatchObject({ stored: 0, duplicates: 1 })
    expect(await third.ledger()).toMatchObject({ stored: 9_003, duplicates: 1 })
  })

  it('keeps summaries of a device with more holes than one field of InfluxDB can hold', async () => {
    const client = createInfluxClient(bucket.options)
    const writer = createWriter(client, { pauseMs: 60_000 })
    const holes = 70_000
    for (let from = 0; from < holes; from += 10_000) {
      const some = Array.from({ length: 10_000 }, (_, index) =>
        message(from + index, { seq: 1_000_000 + (from + index) * 2 }),
      )
      await writer.write(writeOf(some))
    }
    await writer.write(writeOf([message(holes, { device: 'd2' })]))
    await writer.close()
    const [ledger] = await readLedgers(client)
    expect(ledger).toMatchObject({ offset: holes + 1, stored: holes + 1, sessionsAt: holes })
    client.close()
    const store = await open()
    const again = [0, 69_999].map((number, index) => {
      const seq = 1_000_000 + number * 2
      return message(holes + 1 + index, { seq, content: `seq ${seq}` })
    })
    expect(await store.write(writeOf(again))).toMatchObject({ stored: 0, duplicates: 2 })
    expect(await store.gaps('d1')).toHaveLength(holes - 1)
  })

  it('outlives any retention', async () => {
    await bucket.remove()
    bucket = await createTestBucket(1)
    const store = await open()
    const now = Date.now()
    await store.write(writeOf([{ ...message(0), message: { ...message(0).message, receivedAt: now } }]))
    const again = await open()
    expect(await again.ledger()).toMatchObject({ stored: 1 })
    expect(await again.positions(['telemetry'])).toHaveLength(1)
    // What is older than the retention would vanish: it is refused, never dropped unseen.
    const old = writeOf([message(1, { vitals: [point()] })])
    await expect(again.write(old)).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
  })

  it('orders versions by their offsets', async () => {
    const store = await open()
    const at = (offset: number) => ({ findings: [offset], alarms: [offset] })
    await store.write({ findings: [finding()], alarms: [alarm()], offsets: at(5), positions: [] })
    const ended = {
      findings: [finding({ status: 'ended', end: T0 + 9 })],
      alarms: [alarm({ state: 'ended', endedAt: T0 + 9 })],
    }
    await store.write({ ...ended, offsets: at(9), positions: [] })
    expect((await store.findings({ ...RANGE })).findings).toEqual(ended.findings)
    expect((await store.alarms({})).alarms).toEqual(ended.alarms)
  })
})

function countOf({ options }: TestBucket, measurement: string, field: string): string {
  return `from(bucket: "${options.bucket}") |> range(start: 0, stop: 2250-01-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "${measurement}" and r._field == "${field}") |> group() |> count()`
}
