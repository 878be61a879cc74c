import { errorCodeOf, ERRORS } from '@pulsewire/contracts'
import type { AccountedMessage, VitalsStore, WriteReport } from '@pulsewire/vitals-store'
import { quarantinedUnit } from './map-record.ts'
import { mergeUnits, type RecordUnit } from './unit.ts'

/** What came of some units. */
export interface UnitsReport extends Omit<WriteReport, 'reused'> {
  readonly reused: readonly AccountedMessage[]
  /** Records that the store refused: they are in its quarantine. */
  readonly refused: readonly { readonly unit: RecordUnit; readonly error: unknown }[]
}

/**
 * Writes units, all at once where the store takes them. Where it refuses (a permanent error), the one that it refuses is found by
 * halving and quarantined, and its neighbours go in. Each half is written with its own positions, first half first, so a stop in
 * between leaves nothing out. Transient errors are the caller's.
 */
export async function writeUnits(
  store: Pick<VitalsStore, 'write'>,
  units: readonly RecordUnit[],
): Promise<UnitsReport> {
  const [only] = units
  if (only === undefined) return { stored: 0, duplicates: 0, reused: [], refused: [] }
  try {
    return { ...(await store.write(mergeUnits(units))), refused: [] }
  } catch (error) {
    if (ERRORS[errorCodeOf(error)].class !== 'permanent') throw error
    if (units.length > 1) {
      const middle = units.length >> 1
      const first = await writeUnits(store, units.slice(0, middle))
      const second = await writeUnits(store, units.slice(middle))
      return {
        stored: first.stored + second.stored,
        duplicates: first.duplicates + second.duplicates,
        reused: [...first.reused, ...second.reused],
        refused: [...first.refused, ...second.refused],
      }
    }
    // A refused entry of the quarantine itself would come here again: then the error is the caller's.
    if (only.quarantine !== undefined && only.messages === undefined) throw error
    const report = await store.write(mergeUnits([quarantinedUnit(only.record, error)]))
    return { ...report, refused: [{ unit: only, error }] }
  }
}
