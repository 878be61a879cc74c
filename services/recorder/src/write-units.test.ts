import { PulsewireError } from '@pulsewire/contracts'
import type { StoreWrite } from '@pulsewire/vitals-store'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapRecord } from './map-record.ts'
import { stored, telemetry, vitalsUplink } from './testing/records.ts'
import { writeUnits } from './write-units.ts'

/** A store that refuses writes with one of the given seqs, and keeps what it takes. */
function pickyStore(bad: ReadonlySet<number>) {
  const taken: number[] = []
  const quarantined: string[] = []
  const positions: number[] = []
  return {
    taken,
    quarantined,
    positions,
    async write(write: StoreWrite) {
      const seqs = (write.messages ?? []).map(({ message }) => message.seq ?? -1)
      if (seqs.some((seq) => bad.has(seq))) throw new PulsewireError('PW_REQUEST_INVALID', 'no')
      taken.push(...seqs)
      quarantined.push(...(write.quarantine ?? []).map(({ id }) => id))
      positions.push(...write.positions.map(({ offset }) => offset))
      return { stored: seqs.length, duplicates: 0, reused: [] }
    },
  }
}
const unitsOf = (count: number) =>
  Array.from({ length: count }, (_, seq) =>
    mapRecord(stored(telemetry(vitalsUplink(seq)), 'telemetry', seq), () => true),
  )

describe('units that the store refuses', () => {
  it('are quarantined alone: each neighbour goes in, in order, and the positions never go back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.uniqueArray(fc.nat(39)), async (count, bad) => {
        const store = pickyStore(new Set(bad))
        const report = await writeUnits(store, unitsOf(count))
        const seqs = Array.from({ length: count }, (_, seq) => seq)
        expect(store.taken).toEqual(seqs.filter((seq) => !bad.includes(seq)))
        expect(store.quarantined).toEqual(seqs.filter((seq) => bad.includes(seq)).map((seq) => `telemetry/0/${seq}`))
        expect(store.positions).toEqual([...store.positions].sort((one, other) => one - other))
        expect(store.positions.at(-1)).toBe(count)
        expect(report.stored).toBe(store.taken.length)
        expect(report.refused).toHaveLength(store.quarantined.length)
      }),
      { numRuns: 50 },
    )
  })

  it('are not sought where the store only fails for now', async () => {
    let calls = 0
    const store = {
      async write(): Promise<never> {
        calls++
        throw new PulsewireError('PW_STORE_UNAVAILABLE')
      },
    }
    await expect(writeUnits(store, unitsOf(8))).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
    expect(calls).toBe(1)
  })
})
