import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { VitalsStore } from '../port.ts'
import { block, message, point, quarantined, T0, writeOf } from '../testing/samples.ts'
import { openInfluxVitalsStore } from './open.ts'
import { createTestBucket, type TestBucket } from './testing.ts'

// Whole characters of any script and all of ASCII, control characters included.
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
)

describe('InfluxDB gives back what it was given', () => {
  let bucket: TestBucket
  let store: VitalsStore
  const told: string[] = []
  beforeAll(async () => {
    bucket = await createTestBucket()
    store = await openInfluxVitalsStore({ ...bucket.options, onDamage: ({ code }) => told.push(code) })
  })
  afterAll(async () => {
    await store.close()
    await bucket.remove()
  })

  it('as the patient, device and code of a point, and as a word', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (patient, device, code, word) => {
        await store.write({ vitals: [point({ patient, device, code, value: `w${word}` })], positions: [] })
        const range = { from: T0, to: T0 + 1 }
        const { series } = await store.vitals({ patient, device, codes: [code], ...range })
        expect(series).toMatchObject([{ code, points: [{ time: T0, value: `w${word}` }] }])
        expect((await store.catalogue({ patient, ...range })).codes).toContain(code)
        expect(await store.latest([patient])).toContainEqual({ patient, device, code, time: T0, value: `w${word}` })
      }),
      { numRuns: 25 },
    )
  })

  it('as any number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (value) => {
        await store.write({ vitals: [point({ patient: 'numbers', value })], positions: [] })
        const { series } = await store.vitals({ patient: 'numbers', codes: ['heartRate'], from: T0, to: T0 + 1 })
        expect(series[0]?.points).toEqual([{ time: T0, value: value === 0 ? 0 : value }])
      }),
      { numRuns: 25 },
    )
  })

  it('as a payload of 256 KiB in the quarantine, with any reason', async () => {
    const payload = Uint8Array.from({ length: 256 * 1024 }, (_, index) => index % 256)
    const entry = quarantined(0, { payload, device: 'large', detail: 'a "detail",\nwith = \\ and ÄÖ\r\n' })
    await store.write({ quarantine: [entry], positions: [{ topic: 'quarantine', partition: 0, offset: 1 }] })
    const { entries } = await store.quarantine({ device: 'large' })
    expect(entries).toHaveLength(1)
    expect(entries[0]).toMatchObject({ detail: entry.detail })
    expect(hashOf(entries[0]?.payload)).toBe(hashOf(payload))
  })

  it('as a block of 65,536 samples, and one that lasts for days', async () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => ((index * 7919) % 65_536) - 32_768)
    const long = block({ patient: 'long', signal: 'resp', rateHz: 0.1, samples })
    await store.write(writeOf([message(0, { waveforms: [block({ patient: 'long', rateHz: 5000, samples }), long] })]))
    const { signals } = await store.waveforms({ patient: 'long', signals: ['ecg.II'], from: T0, to: T0 + 60_000 })
    expect(signals[0]?.segments[0]?.samples).toEqual(samples)
    const later = { from: T0 + 6 * 86_400_000, to: T0 + 6 * 86_400_000 + 100_000 }
    const slow = await store.waveforms({ patient: 'long', signals: ['resp'], ...later })
    expect(slow.signals[0]?.segments[0]?.samples).toEqual(samples.subarray(51_840, 51_850))
    expect((await store.catalogue({ patient: 'long', ...later })).signals).toEqual(['resp'])
  })

  it('but no block whose bytes were changed: it is named as damaged, and its neighbours are served', async () => {
    const blocks = [0, 1, 2].map((second) => block({ patient: 'damaged', start: T0 + second * 1000 }))
    await store.write(writeOf(blocks.map((one, index) => message(1 + index, { device: 'd2', waveforms: [one] }))))
    const broken = Buffer.alloc(500, 1).toString('base64')
    // The place below the millisecond is the message's number.
    const line = `waveform,patient=damaged,device=d1,signal=ecg.II samples="${broken}" ${T0 + 1000}000002`
    const { url, org, token } = bucket.options
    const target = `${url}/api/v2/write?org=${org}&bucket=${bucket.options.bucket}`
    const answer = await fetch(target, { method: 'POST', headers: { authorization: `Token ${token}` }, body: line })
    expect(answer.status).toBe(204)
    const found = await store.waveforms({ patient: 'damaged', signals: ['ecg.II'], from: T0, to: T0 + 3000 })
    expect(found.signals[0]?.segments.map(({ start }) => start)).toEqual([T0, T0 + 2000])
    expect(found.damaged).toMatchObject([{ from: T0 + 1000, to: T0 + 2000 }])
    expect(told).toEqual(['PW_STORE_DAMAGED'])
  })
})

function hashOf(bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
}
