import { afterEach, beforeEach, describe } from 'vitest'
import { describeAccounting } from './contract/accounting.ts'
import { describeCoverage } from './contract/coverage.ts'
import { describeFindings } from './contract/findings.ts'
import type { Subject } from './contract/subject.ts'
import { describeUpkeep } from './contract/upkeep.ts'
import { describeVitals } from './contract/vitals.ts'
import { describeWaveforms } from './contract/waveforms.ts'
import type { VitalsStore } from './port.ts'

/** A store of its own for each test, on a directory or bucket of its own. */
export interface StoreUnderTest {
  readonly store: VitalsStore
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<VitalsStore>
  dispose(): Promise<void>
}

/** What every adapter of `VitalsStore` has to do. */
export function describeVitalsStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the vitals store contract: ${name}`, () => {
    let under: StoreUnderTest
    let store: VitalsStore
    beforeEach(async () => {
      under = await create()
      ;({ store } = under)
    })
    afterEach(async () => under.dispose())
    const subject: Subject = {
      get store() {
        return store
      },
      async reopen() {
        store = await under.reopen()
      },
    }
    for (const part of [
      describeAccounting,
      describeVitals,
      describeWaveforms,
      describeCoverage,
      describeFindings,
      describeUpkeep,
    ])
      part(subject)
  })
}
