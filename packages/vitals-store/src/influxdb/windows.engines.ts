import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Aggregate, VitalsQuery, VitalsStore } from '../port.ts'
import { openStoreInThisThread } from '../testing/index.ts'
import { point, T0 } from '../testing/samples.ts'
import { openInfluxVitalsStore } from './open.ts'
import { createTestBucket, type TestBucket } from './testing.ts'

const FUNCTIONS: readonly Aggregate[] = ['mean', 'min', 'max', 'median', 'count', 'first', 'last', 'sum', 'stddev']
const DAY_MS = 86_400_000

const written = fc.array(
  fc.record({
    // Apart in time from those of the other device: which is first of two at once is nobody's to say.
    time: fc.integer({ min: 0, max: 3 * DAY_MS }).map((time) => T0 + 2 * time),
    device: fc.constantFrom('d1', 'd2'),
    value: fc.integer({ min: -1000, max: 1000 }),
  }),
  { minLength: 1, maxLength: 60 },
)
const every = fc.constantFrom<VitalsQuery['every']>(
  undefined,
  { ms: 1000 },
  { ms: 60_000 },
  { ms: 7_777_777 },
  { ms: DAY_MS },
  { days: 1, timeZone: 'Asia/Kathmandu' },
  { days: 2, timeZone: 'America/New_York' },
)

describe('windows worked out by InfluxDB', () => {
  let bucket: TestBucket
  let directory: string
  let influx: VitalsStore
  let embedded: VitalsStore
  beforeAll(async () => {
    bucket = await createTestBucket()
    directory = await mkdtemp(join(tmpdir(), 'pulsewire-windows-'))
    influx = await openInfluxVitalsStore(bucket.options)
    embedded = await openStoreInThisThread({ directory })
  })
  afterAll(async () => {
    await influx.close()
    await embedded.close()
    await bucket.remove()
    await rm(directory, { recursive: true })
  })

  it('say what the embedded store says of the same points', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(written, every, fc.constantFrom(...FUNCTIONS), fc.nat(DAY_MS), async (some, every, fn, skip) => {
        const patient = `p${run++}`
        const vitals = some.map(({ time, ...rest }) =>
          point({ patient, ...rest, time: time + (rest.device === 'd1' ? 0 : 1) }),
        )
        for (const store of [influx, embedded]) await store.write({ vitals, positions: [] })
        const query = {
          patient,
          codes: ['heartRate'],
          from: T0 + skip,
          to: T0 + 5 * DAY_MS,
          fn,
          ...(every && { every }),
        }
        const [ours, theirs] = [await influx.vitals(query), await embedded.vitals(query)]
        const rounded = ({ series }: typeof ours) =>
          series[0]?.points.map(({ time, value }) => [time, Math.round(Number(value) * 1e6) / 1e6])
        expect(rounded(ours)).toEqual(rounded(theirs))
      }),
      { numRuns: 40 },
    )
  })
})
