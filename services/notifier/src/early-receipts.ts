import type { ReceiptRecord } from '@pulsewire/contracts'

type ScreenRecord = Extract<ReceiptRecord, { type: 'screen' }>

const KEPT_MS = 60_000
const MOST = 1_000

/**
 * What screens said of alarms that this notifier has not read yet: topics are read side by side. Kept for a minute, in memory alone: where it is
 * lost, an alarm is told to more people than it had to be.
 */
export interface EarlyReceipts {
  keep(receipt: ScreenRecord, at: number): void
  /** What was said of an alarm; it is forgotten here. */
  take(alarm: string, at: number): ScreenRecord[]
}

export function createEarlyReceipts(): EarlyReceipts {
  let kept: { readonly receipt: ScreenRecord; readonly at: number }[] = []
  return {
    keep: (receipt, at) => {
      kept = [...kept, { receipt, at }].slice(-MOST)
    },
    take: (alarm, at) => {
      if (kept.length === 0) return []
      kept = kept.filter((each) => Math.abs(at - each.at) < KEPT_MS)
      const taken = kept.filter(({ receipt }) => receipt.alarm === alarm).map(({ receipt }) => receipt)
      kept = kept.filter(({ receipt }) => receipt.alarm !== alarm)
      return taken
    },
  }
}
